// SPDX-License-Identifier: GPL-2.0-or-later
// Live: with the real recorder where the kernel lets it, and over a program in ssh's place with one that writes a real
// trace piece by piece, as a recorder does.
#include <unistd.h>

#include <gtest/gtest.h>

#include <QApplication>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <variant>
#include <vector>

#include "gui/app/live_dialog.h"
#include "gui/models/live_model.h"
#include "gui/views/live_page.h"
#include "gui/views/message_bar.h"
#include "gui/views/theme.h"
#include "gui/views/timeline_view.h"
#include "proto/trace_reader.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

class Live : public ::testing::Test {
 protected:
  Live() : was_path_(qgetenv("PATH")) { qputenv("PATH", folder_.path().toUtf8() + ":" + was_path_); }
  ~Live() override { qputenv("PATH", was_path_); }

  void install(const QString& name, const QString& script) {
    QFile file(folder_.filePath(name));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("#!/bin/bash\n" + script.toUtf8() + "\n");
    file.close();
    ASSERT_TRUE(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
  }
  // A recorder of the other host that writes a trace as time goes on: three intervals of it at once, two more each when
  // goOn() is called, and the rest only when it is told to end. What it wrote last is never a whole block.
  void installSlowRecorder() {
    const QString trace = caseRuns(QStringLiteral("pressure/6.1")).front();
    const std::vector<std::uint64_t> ends = endsOfIntervals(trace);
    ASSERT_GE(ends.size(), 8U);
    install(QStringLiteral("ssh"), QStringLiteral("shift 2; exec sh -c \"$*\""));
    install(QStringLiteral("socklock"),
            QStringLiteral("cd '%1'; echo $$ >pid; echo \"$*\" >words\n"
                           "sent=0; stage=0; over=; trap 'over=1' TERM\n"
                           "write() { tail -c +$((sent + 1)) '%2' | head -c $(($1 - sent)); sent=$1; }\n"
                           "for end in %3 %4 %5; do\n"
                           "  until [ -e go-$stage ] || [ $over ]; do sleep 0.1; done\n"
                           "  [ $over ] && break\n"
                           "  write $(((sent + end) / 2)); sleep 0.1; write $((end + 9)); stage=$((stage + 1))\n"
                           "done\nuntil [ $over ]; do sleep 0.1; done\ntail -c +$((sent + 1)) '%2'")
                .arg(folder_.path(), trace)
                .arg(ends[2])
                .arg(ends[4])
                .arg(ends[6]));
    goOn();
  }
  // Where each interval ends in the file, bytes.
  static std::vector<std::uint64_t> endsOfIntervals(const QString& trace) {
    std::vector<std::uint64_t> ends;
    auto reader = trace::TraceReader::open(trace.toStdString());
    EXPECT_TRUE(reader);
    while (const auto block = reader->next())
      if (std::holds_alternative<trace::v1::Interval>(block->message)) ends.push_back(reader->position_bytes());
    return ends;
  }
  void goOn() {
    QFile go(folder_.filePath(QStringLiteral("go-%1").arg(gone_++)));
    EXPECT_TRUE(go.open(QIODevice::WriteOnly));
  }
  [[nodiscard]] QString text(const QString& name) const {
    QFile file(folder_.filePath(name));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).trimmed() : QString();
  }
  static std::unique_ptr<MainWindow> openWindow() {
    auto window = std::make_unique<MainWindow>(analyzer::Taxonomy::built_in());
    window->resize(1280, 860);
    window->show();
    return window;
  }
  // Chosen in the dialog, as somebody does.
  static void watch(MainWindow& window, const QString& host, const QString& path = {}) {
    LiveDialog dialog(nullptr);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.host()->setText(host);
    dialog.path()->setText(path);
    window.watchLive(dialog.source());
  }

  QTemporaryDir folder_;
  QByteArray was_path_;
  int gone_ = 0;
};

TEST_F(Live, over_ssh_shows_rates_and_a_timeline_that_moves_and_stops_in_order) {
  installSlowRecorder();
  const auto window = openWindow();
  watch(*window, QStringLiteral("root@other"));
  LivePage& page = *window->livePage();
  EXPECT_TRUE(window->isLiveShown());
  ASSERT_TRUE(eventually([&] { return page.moment() && page.moment()->waits; })) << qPrintable(page.figures());
  EXPECT_EQ(text(QStringLiteral("words")), QStringLiteral("record -d 8h -o -"));
  EXPECT_TRUE(eventually([&] { return page.model()->rowCount() > 0; }));
  const auto first_end = page.moment()->waits->endNs();
  goOn();
  ASSERT_TRUE(eventually([&] { return page.moment()->waits->endNs() > first_end; }));
  EXPECT_EQ(page.view()->range().end_ns, page.moment()->waits->endNs());
  EXPECT_TRUE(page.isRecording());
  QSignalSpy ended(&page, &LivePage::ended);
  QTest::mouseClick(page.stopButton(), Qt::LeftButton);
  ASSERT_TRUE(eventually([&] { return ended.count() == 1; }));
  EXPECT_FALSE(QFileInfo::exists(QStringLiteral("/proc/") + text(QStringLiteral("pid"))));
  EXPECT_TRUE(window->messageBar()->isHidden()) << qPrintable(window->messageBar()->text());
  // The whole trace came, to its footer.
  EXPECT_TRUE(eventually([&] { return page.moment()->has_ended; }));
}

TEST_F(Live, keeps_what_somebody_looks_at_while_it_moves_and_while_it_is_frozen) {
  installSlowRecorder();
  const auto window = openWindow();
  watch(*window, QStringLiteral("root@other"));
  LivePage& page = *window->livePage();
  ASSERT_TRUE(eventually([&] { return page.moment() && page.moment()->waits && page.moment()->kept_s > 0.9; }));
  const auto end_ns = static_cast<double>(page.moment()->waits->endNs());
  page.view()->setRange(end_ns * 0.25, end_ns * 0.5);
  const auto looked_at = page.view()->range();
  const auto waits = page.moment()->waits;
  goOn();
  ASSERT_TRUE(eventually([&] { return page.moment()->waits != waits; }));
  EXPECT_EQ(page.view()->range().begin_ns, looked_at.begin_ns);
  QTest::mouseClick(page.freezeButton(), Qt::LeftButton);
  ASSERT_TRUE(page.freezeButton()->isChecked());
  QTest::qWait(1000);  // a look that is under way
  const auto frozen = page.moment()->waits->endNs();
  goOn();
  // Other groups are shown of what there is.
  page.grouping()->setCurrentIndex(page.grouping()->findText(QStringLiteral("call path")));
  Q_EMIT page.grouping()->activated(page.grouping()->currentIndex());
  ASSERT_TRUE(eventually(
      [&] { return page.model()->headerData(0, Qt::Horizontal, Qt::DisplayRole) == QStringLiteral("call path"); }));
  EXPECT_EQ(page.moment()->waits->endNs(), frozen);
  QTest::mouseClick(page.freezeButton(), Qt::LeftButton);
  EXPECT_TRUE(eventually([&] { return page.moment()->waits->endNs() > frozen; }));
  page.stop();
  EXPECT_TRUE(eventually([&] { return !page.isRecording(); }));
}

TEST_F(Live, gives_no_rates_before_there_are_any) {
  const QString trace = caseRuns(QStringLiteral("pressure/6.1")).front();
  const QString part = folder_.filePath(QStringLiteral("part.slk"));
  ASSERT_TRUE(QFile::copy(trace, part));
  // An interval of less than a second, with waits.
  ASSERT_TRUE(QFile::resize(part, static_cast<qint64>(endsOfIntervals(trace).front())));
  const auto window = openWindow();
  watch(*window, {}, part);
  LivePage& page = *window->livePage();
  ASSERT_TRUE(eventually([&] { return page.moment() && page.moment()->waits; }));
  EXPECT_FALSE(page.moment()->has_rates);
  EXPECT_FALSE(page.figures().contains(QStringLiteral("a second"))) << qPrintable(page.figures());
}

TEST_F(Live, narrows_to_a_row_and_what_is_kept_opens_as_a_trace_with_every_page) {
  installSlowRecorder();
  const auto window = openWindow();
  watch(*window, QStringLiteral("root@other"));
  LivePage& page = *window->livePage();
  ASSERT_TRUE(eventually([&] { return page.moment() && page.moment()->kept_s > 0.9; }));
  const QString row = page.model()->index(0, 0).data().toString();
  Q_EMIT page.table()->activated(page.model()->index(0, 0));
  ASSERT_TRUE(eventually([&] { return page.model()->rowCount() == 1; }));
  EXPECT_EQ(page.model()->index(0, 0).data().toString(), row);
  const double kept_s = page.moment()->kept_s;
  QTest::mouseClick(page.openButton(), Qt::LeftButton);
  ASSERT_TRUE(eventually([&] { return window->session().findings() != nullptr; }))
      << qPrintable(window->messageBar()->text());
  EXPECT_FALSE(window->isLiveShown());
  EXPECT_GE(window->session().findings()->comparison.before.seconds, kept_s - 0.6);
  EXPECT_TRUE(eventually([&] { return !page.isRecording(); }));
  QFile::remove(QString::fromStdString(window->session().question().before.front()));
}

TEST_F(Live, has_pictures_in_light_and_dark_colours) {
  installSlowRecorder();
  QApplication::setStyle(QStringLiteral("Fusion"));
  for (const bool dark : {false, true}) {
    QApplication::setPalette(paletteFor(dark));
    const auto window = openWindow();
    watch(*window, QStringLiteral("root@other"));
    LivePage& page = *window->livePage();
    ASSERT_TRUE(eventually([&] { return page.moment() && page.moment()->kept_s > 0.9; }));
    QTest::mouseClick(page.freezeButton(), Qt::LeftButton);
    expectPictures(*window, dark ? QStringLiteral("live-dark") : QStringLiteral("live-light"));
    page.stop();
    ASSERT_TRUE(eventually([&] { return !page.isRecording(); }));
  }
  QApplication::setPalette(paletteFor(false));
}

TEST_F(Live, says_why_a_recorder_does_not_record) {
  install(QStringLiteral("ssh"), QStringLiteral("echo 'no such host' >&2; exit 255"));
  const auto window = openWindow();
  watch(*window, QStringLiteral("nosuch.invalid"));
  ASSERT_TRUE(eventually([&] { return !window->messageBar()->isHidden(); }));
  EXPECT_TRUE(window->messageBar()->text().contains(QStringLiteral("no such host")));
}

TEST_F(Live, closing_the_window_ends_the_recorder_first) {
  installSlowRecorder();
  const auto window = openWindow();
  watch(*window, QStringLiteral("root@other"));
  ASSERT_TRUE(eventually([&] { return window->livePage()->moment() && window->livePage()->moment()->waits; }));
  window->close();
  ASSERT_TRUE(eventually([&] { return !window->isVisible(); }));
  EXPECT_FALSE(QFileInfo::exists(QStringLiteral("/proc/") + text(QStringLiteral("pid"))));
}

// The kernel's own waits, beside a load that is known to wait: on this machine, and of a service that records already.
class LiveRecorder : public Live {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "recording wants root";
    QProcess doctor;
    doctor.start(QStringLiteral(SOCKLOCK_PROGRAM), {QStringLiteral("doctor")});
    doctor.waitForFinished(60'000);
    if (doctor.exitCode() != 0) GTEST_SKIP() << "this kernel can't be recorded";
    QFile::link(QStringLiteral(SOCKLOCK_PROGRAM), folder_.filePath(QStringLiteral("socklock")));
    load_.start(QStringLiteral(SOCKLOCK_LOAD),
                {QStringLiteral("--mutexes"), QStringLiteral("6"), QStringLiteral("--seconds"), QStringLiteral("120")});
  }
  void TearDown() override {
    load_.terminate();
    load_.waitForFinished();
  }
  static bool knows(const LivePage& page, const QString& lock_class) {
    return page.moment() && page.moment()->waits && page.model()->rowOf(lock_class) >= 0;
  }

  QProcess load_;
};

TEST_F(LiveRecorder, shows_what_this_machine_waits_for) {
  const auto window = openWindow();
  watch(*window, {});
  LivePage& page = *window->livePage();
  ASSERT_TRUE(eventually([&] { return knows(page, QStringLiteral("unix.iolock")) || !page.isRecording(); }));
  ASSERT_TRUE(page.isRecording()) << qPrintable(window->messageBar()->text());
  EXPECT_GT(page.moment()->totals.waits, 0);
  EXPECT_GT(page.moment()->waits->events->size(), 0U);
  page.stop();
  EXPECT_TRUE(eventually([&] { return !page.isRecording(); }));
}

TEST_F(LiveRecorder, shows_what_a_service_records_without_a_recorder_of_its_own) {
  const QString traces = folder_.filePath(QStringLiteral("traces"));
  QProcess service;
  service.start(QStringLiteral(SOCKLOCK_PROGRAM), {QStringLiteral("record"), QStringLiteral("--service"),
                                                   QStringLiteral("--quiet"), QStringLiteral("--dir"), traces});
  const auto window = openWindow();
  ASSERT_TRUE(eventually([&] { return QFileInfo::exists(traces); }));
  watch(*window, {}, traces);
  LivePage& page = *window->livePage();
  EXPECT_TRUE(eventually([&] { return knows(page, QStringLiteral("unix.iolock")); }))
      << qPrintable(window->messageBar()->text());
  EXPECT_FALSE(page.isRecording());
  service.terminate();
  EXPECT_TRUE(service.waitForFinished(60'000));
}

}  // namespace
}  // namespace socklock::gui
