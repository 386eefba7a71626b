// SPDX-License-Identifier: GPL-2.0-or-later
// Recording from the desktop, with a program in ssh's place that runs what it is given in a shell, as sshd does.
#include "gui/app/record_dialog.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMessageBox>
#include <QPointer>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSysInfo>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "gui/views/verdict_strip.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

class RecordDialogTest : public ::testing::Test {
 protected:
  RecordDialogTest() : was_path_(qgetenv("PATH")) { qputenv("PATH", folder_.path().toUtf8() + ":" + was_path_); }
  ~RecordDialogTest() override { qputenv("PATH", was_path_); }

  void install(const QString& name, const QString& script) {
    QFile file(folder_.filePath(name));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("#!/bin/sh\n" + script.toUtf8() + "\n");
    file.close();
    ASSERT_TRUE(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
  }
  [[nodiscard]] QString file(const QString& name) const { return folder_.filePath(name); }

  QTemporaryDir folder_;
  QByteArray was_path_;
};

TEST_F(RecordDialogTest, shows_the_command_that_it_runs) {
  auto* const dialog = new RecordDialog;
  dialog->seconds()->setValue(5);
  dialog->label()->setText(QStringLiteral("it's before"));
  dialog->file()->setText(QStringLiteral("/tmp/a b.slk"));
  EXPECT_TRUE(
      dialog->commandText().endsWith(QStringLiteral("socklock record -d 5 -l 'it'\\''s before' -o - > '/tmp/a b.slk'")))
      << qPrintable(dialog->commandText());
  dialog->host()->setText(QStringLiteral("root@server"));
  EXPECT_EQ(dialog->runner(),
            (QStringList{QStringLiteral("ssh"), QStringLiteral("--"), QStringLiteral("root@server")}));
  EXPECT_EQ(dialog->command(), (QStringList{QStringLiteral("socklock"), QStringLiteral("record"), QStringLiteral("-d"),
                                            QStringLiteral("5"), QStringLiteral("-l"), QStringLiteral("it's before"),
                                            QStringLiteral("-o"), QStringLiteral("-")}));
  delete dialog;
}

// Launched, attached to, and in how much detail: as the command line can.
TEST_F(RecordDialogTest, starts_a_program_and_follows_a_process) {
  auto* const dialog = new RecordDialog;
  dialog->seconds()->setValue(5);
  dialog->process()->setValue(42);
  dialog->holders()->setChecked(true);
  EXPECT_EQ(dialog->command().join(QLatin1Char(' ')), QStringLiteral("socklock record -d 5 -p 42 --level 2 -o -"));
  dialog->process()->setValue(0);
  dialog->program()->setText(QStringLiteral("echo \"two words\" here"));
  const QStringList command = dialog->command();
  const qsizetype end = command.indexOf(QStringLiteral("--"));
  ASSERT_GT(end, 0);
  // What the program prints does not get into the trace.
  QProcess program;
  program.start(command[end + 1], command.mid(end + 2));
  ASSERT_TRUE(program.waitForFinished(60'000));
  EXPECT_TRUE(program.readAllStandardOutput().isEmpty());
  EXPECT_EQ(program.readAllStandardError(), "two words here\n");
  delete dialog;
}

TEST_F(RecordDialogTest, streams_a_trace_over_ssh_and_says_when_it_is_there) {
  install(QStringLiteral("ssh"), QStringLiteral("[ \"$1 $2\" = '-- root@server' ] && shift 2 && exec sh -c \"$*\""));
  install(QStringLiteral("socklock"), QStringLiteral("[ \"$*\" = 'record -d 5 -l two words -o -' ] && exec cat '%1'")
                                          .arg(exampleRuns(QStringLiteral("before")).front()));
  auto* const dialog = new RecordDialog;
  dialog->host()->setText(QStringLiteral("root@server"));
  dialog->seconds()->setValue(5);
  dialog->label()->setText(QStringLiteral("two words"));
  dialog->file()->setText(file(QStringLiteral("got.slk")));
  QSignalSpy recorded(dialog, &RecordDialog::recorded);
  dialog->start();
  ASSERT_TRUE(recorded.count() > 0 || recorded.wait(100'000)) << qPrintable(dialog->words());
  MainWindow window(analyzer::Taxonomy::built_in());
  window.open({recorded.front().front().toString()}, {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_NE(window.session().findings(), nullptr);
  EXPECT_EQ(window.session().findings()->comparison.before.label, "before");
  delete dialog;
}

// From a live recording to a report. tests/interop/check_ssh runs it too, with a host to reach by ssh.
TEST_F(RecordDialogTest, records_for_real_and_exports_the_report) {
  qputenv("PATH", QFileInfo(QStringLiteral(SOCKLOCK_GUI)).path().toUtf8() + ":" + was_path_);
  if (::geteuid() != 0 ||
      QProcess::execute(QStringLiteral("socklock"), {QStringLiteral("doctor"), QStringLiteral("--json")}) != 0)
    GTEST_SKIP() << "this host does not permit recording";
  auto* const dialog = new RecordDialog;
  dialog->host()->setText(qEnvironmentVariable("SOCKLOCK_SSH_HOST"));
  dialog->seconds()->setValue(1);
  dialog->label()->setText(QStringLiteral("it's live"));
  dialog->file()->setText(file(QStringLiteral("live.slk")));
  QSignalSpy recorded(dialog, &RecordDialog::recorded);
  dialog->start();
  // Where somebody else's load makes recording slow, it is only late.
  ASSERT_TRUE(recorded.count() > 0 || recorded.wait(100'000)) << qPrintable(dialog->words());
  MainWindow window(analyzer::Taxonomy::built_in());
  window.open({recorded.front().front().toString()}, {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  QSignalSpy exported(&window, &MainWindow::exported);
  window.exportTo(file(QStringLiteral("report.html")));
  ASSERT_TRUE(exported.count() > 0 || exported.wait(100'000));
  EXPECT_TRUE(exported.front().at(1).toBool());
  QFile report(file(QStringLiteral("report.html")));
  ASSERT_TRUE(report.open(QIODevice::ReadOnly));
  const QByteArray text = report.readAll();
  EXPECT_TRUE(text.contains("it&#39;s live") || text.contains("it's live")) << text.left(2000).constData();
  EXPECT_TRUE(text.contains(QSysInfo::kernelVersion().toUtf8()));
  delete dialog;
}

// A recorder that writes a part, and the rest when it is told to stop, as the real one its footer.
constexpr const char* kPatientRecorder =
    "trap 'printf footer; exit 0' TERM\n"
    "printf begin-\n"
    "i=0; while [ $i -lt 3000 ]; do sleep 0.05; i=$((i + 1)); done";

QByteArray contentsOf(const QString& name) {
  QFile file(name);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(no such file)");
}

TEST_F(RecordDialogTest, closed_while_it_records_stops_and_keeps_what_was_recorded) {
  install(QStringLiteral("ssh"), QStringLiteral("shift 2; exec sh -c \"$*\""));
  install(QStringLiteral("socklock"), QString::fromUtf8(kPatientRecorder));
  const QPointer<RecordDialog> dialog = new RecordDialog;
  dialog->host()->setText(QStringLiteral("server"));
  dialog->file()->setText(file(QStringLiteral("kept.slk")));
  dialog->show();
  QSignalSpy recorded(dialog.data(), &RecordDialog::recorded);
  dialog->start();
  ASSERT_TRUE(eventually([&] { return dialog->words().contains(QStringLiteral("6 B")); }));
  EXPECT_FALSE(QFile::exists(file(QStringLiteral("kept.slk"))));  // beside it, until it is complete
  QTest::keyClick(dialog.data(), Qt::Key_Escape);
  ASSERT_FALSE(dialog.isNull());
  EXPECT_TRUE(dialog->isVisible());
  ASSERT_TRUE(recorded.count() > 0 || recorded.wait(100'000));
  EXPECT_TRUE(eventually([&] { return dialog.isNull(); }));
  EXPECT_EQ(contentsOf(file(QStringLiteral("kept.slk"))), QByteArray("begin-footer"));
  EXPECT_EQ(QDir(folder_.path()).entryList({QStringLiteral("kept*")}).size(), 1);
}

TEST_F(RecordDialogTest, the_window_closes_when_its_recording_is_complete) {
  install(QStringLiteral("ssh"), QStringLiteral("shift 2; exec sh -c \"$*\""));
  install(QStringLiteral("socklock"), QString::fromUtf8(kPatientRecorder));
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  const QPointer<RecordDialog> dialog = new RecordDialog(&window);
  dialog->host()->setText(QStringLiteral("server"));
  dialog->file()->setText(file(QStringLiteral("kept.slk")));
  dialog->show();
  dialog->start();
  ASSERT_TRUE(eventually([&] { return dialog->words().contains(QStringLiteral("6 B")); }));
  window.close();
  EXPECT_TRUE(window.isVisible());
  EXPECT_TRUE(eventually([&] { return !window.isVisible(); }));
  EXPECT_EQ(contentsOf(file(QStringLiteral("kept.slk"))), QByteArray("begin-footer"));
}

TEST_F(RecordDialogTest, destroyed_while_it_records_does_not_crash_and_keeps_what_came) {
  install(QStringLiteral("socklock"), QString::fromUtf8(kPatientRecorder));
  install(QStringLiteral("pkexec"), QStringLiteral("exec \"$@\""));
  auto dialog = std::make_unique<RecordDialog>();
  dialog->setAttribute(Qt::WA_DeleteOnClose, false);
  dialog->file()->setText(file(QStringLiteral("part.slk")));
  dialog->start();
  ASSERT_TRUE(eventually([&] { return dialog->words().contains(QStringLiteral("6 B")); }));
  dialog.reset();
  EXPECT_EQ(contentsOf(file(QStringLiteral("part.slk.part"))), QByteArray("begin-footer"));
}

TEST_F(RecordDialogTest, a_recording_that_fails_leaves_what_was_there) {
  install(QStringLiteral("ssh"), QStringLiteral("printf half; echo 'Connection reset' >&2; exit 255"));
  QFile there(file(QStringLiteral("there.slk")));
  ASSERT_TRUE(there.open(QIODevice::WriteOnly));
  there.write("an older recording");
  there.close();
  auto dialog = std::make_unique<RecordDialog>();
  dialog->setAttribute(Qt::WA_DeleteOnClose, false);
  dialog->host()->setText(QStringLiteral("server"));
  dialog->file()->setText(there.fileName());
  QSignalSpy failed(dialog.get(), &RecordDialog::failed);
  dialog->start();
  // Nothing runs before somebody said that it may be replaced.
  auto* const question = dialog->findChild<QMessageBox*>();
  ASSERT_NE(question, nullptr);
  EXPECT_FALSE(dialog->isRecording());
  question->button(QMessageBox::Cancel)->click();
  EXPECT_FALSE(dialog->isRecording());
  dialog->startReplacing();
  ASSERT_TRUE(failed.count() > 0 || failed.wait(100'000));
  EXPECT_EQ(contentsOf(there.fileName()), QByteArray("an older recording"));
  EXPECT_TRUE(dialog->words().contains(QStringLiteral("there.slk.part"))) << qPrintable(dialog->words());
  EXPECT_EQ(contentsOf(there.fileName() + QStringLiteral(".part")), QByteArray("half"));
}

TEST_F(RecordDialogTest, never_replaces_what_came_into_being_meanwhile) {
  install(QStringLiteral("ssh"),
          QStringLiteral("printf new; printf 'of somebody else' > '%1'").arg(file(QStringLiteral("race.slk"))));
  auto dialog = std::make_unique<RecordDialog>();
  dialog->setAttribute(Qt::WA_DeleteOnClose, false);
  dialog->host()->setText(QStringLiteral("server"));
  dialog->file()->setText(file(QStringLiteral("race.slk")));
  QSignalSpy failed(dialog.get(), &RecordDialog::failed);
  dialog->start();
  ASSERT_TRUE(failed.count() > 0 || failed.wait(100'000));
  EXPECT_EQ(contentsOf(file(QStringLiteral("race.slk"))), QByteArray("of somebody else"));
  EXPECT_EQ(contentsOf(file(QStringLiteral("race.slk.part"))), QByteArray("new"));
}

TEST_F(RecordDialogTest, offers_a_new_name_for_each_recording) {
  qputenv("HOME", folder_.path().toUtf8());
  install(QStringLiteral("ssh"), QStringLiteral("printf trace"));
  auto dialog = std::make_unique<RecordDialog>();
  dialog->setAttribute(Qt::WA_DeleteOnClose, false);
  dialog->host()->setText(QStringLiteral("server"));
  const QString first = dialog->file()->text();
  QSignalSpy recorded(dialog.get(), &RecordDialog::recorded);
  dialog->start();
  ASSERT_TRUE(recorded.count() > 0 || recorded.wait(100'000));
  EXPECT_NE(dialog->file()->text(), first);
  EXPECT_EQ(contentsOf(first), QByteArray("trace"));
}

TEST_F(RecordDialogTest, says_in_the_words_of_the_command_why_it_failed) {
  install(QStringLiteral("ssh"),
          QStringLiteral("echo 'root@server: Permission denied' >&2; echo 'hint: a key' >&2; exit 255"));
  auto* const dialog = new RecordDialog;
  dialog->host()->setText(QStringLiteral("root@server"));
  dialog->file()->setText(file(QStringLiteral("none.slk")));
  QSignalSpy failed(dialog, &RecordDialog::failed);
  dialog->start();
  ASSERT_TRUE(failed.count() > 0 || failed.wait(100'000));
  EXPECT_TRUE(dialog->words().contains(QStringLiteral("Permission denied; hint: a key")))
      << qPrintable(dialog->words());
  dialog->file()->setText(QStringLiteral("/does/not/exist.slk"));
  dialog->start();
  EXPECT_TRUE(dialog->words().contains(QStringLiteral("cannot write")));
  delete dialog;
}

}  // namespace
}  // namespace socklock::gui
