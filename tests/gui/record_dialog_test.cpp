// SPDX-License-Identifier: GPL-2.0-or-later
// Recording from the desktop, with a program in ssh's place that runs what it is given in a shell, as sshd does.
#include "gui/app/record_dialog.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSignalSpy>
#include <QSysInfo>
#include <QTemporaryDir>
#include <QTest>

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
  EXPECT_EQ(dialog->command(), (QStringList{QStringLiteral("ssh"), QStringLiteral("--"), QStringLiteral("root@server"),
                                            QStringLiteral("socklock record -d 5 -l 'it'\\''s before' -o -")}));
  delete dialog;
}

TEST_F(RecordDialogTest, streams_a_trace_over_ssh_and_says_when_it_is_there) {
  install(QStringLiteral("ssh"), QStringLiteral("[ \"$1 $2\" = '-- root@server' ] && exec sh -c \"$3\""));
  install(QStringLiteral("socklock"), QStringLiteral("[ \"$*\" = 'record -d 5 -l two words -o -' ] && exec cat '%1'")
                                          .arg(exampleRuns(QStringLiteral("before")).front()));
  auto* const dialog = new RecordDialog;
  dialog->host()->setText(QStringLiteral("root@server"));
  dialog->seconds()->setValue(5);
  dialog->label()->setText(QStringLiteral("two words"));
  dialog->file()->setText(file(QStringLiteral("got.slk")));
  QSignalSpy recorded(dialog, &RecordDialog::recorded);
  dialog->start();
  ASSERT_TRUE(recorded.count() > 0 || recorded.wait(60'000)) << qPrintable(dialog->words());
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
  ASSERT_TRUE(recorded.count() > 0 || recorded.wait(60'000)) << qPrintable(dialog->words());
  MainWindow window(analyzer::Taxonomy::built_in());
  window.open({recorded.front().front().toString()}, {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  QSignalSpy exported(&window, &MainWindow::exported);
  window.exportTo(file(QStringLiteral("report.html")));
  ASSERT_TRUE(exported.count() > 0 || exported.wait(60'000));
  EXPECT_TRUE(exported.front().at(1).toBool());
  QFile report(file(QStringLiteral("report.html")));
  ASSERT_TRUE(report.open(QIODevice::ReadOnly));
  const QByteArray text = report.readAll();
  EXPECT_TRUE(text.contains("it&#39;s live") || text.contains("it's live")) << text.left(2000).constData();
  EXPECT_TRUE(text.contains(QSysInfo::kernelVersion().toUtf8()));
  delete dialog;
}

TEST_F(RecordDialogTest, says_in_the_words_of_the_command_why_it_failed) {
  install(QStringLiteral("ssh"), QStringLiteral("echo 'root@server: Permission denied' >&2; exit 255"));
  auto* const dialog = new RecordDialog;
  dialog->host()->setText(QStringLiteral("root@server"));
  dialog->file()->setText(file(QStringLiteral("none.slk")));
  QSignalSpy failed(dialog, &RecordDialog::failed);
  dialog->start();
  ASSERT_TRUE(failed.count() > 0 || failed.wait(60'000));
  EXPECT_TRUE(dialog->words().contains(QStringLiteral("Permission denied")));
  dialog->file()->setText(QStringLiteral("/does/not/exist.slk"));
  dialog->start();
  EXPECT_TRUE(dialog->words().contains(QStringLiteral("cannot write")));
  delete dialog;
}

}  // namespace
}  // namespace socklock::gui
