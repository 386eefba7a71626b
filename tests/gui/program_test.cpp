// SPDX-License-Identifier: GPL-2.0-or-later
// The program as it is started, without a display.
#include <gtest/gtest.h>

#include <QImage>
#include <QProcess>
#include <QTemporaryDir>

#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

struct Ended {
  int exit_code = -1;
  QString out, err;
};

Ended start(const QStringList& arguments) {
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.remove(QStringLiteral("QT_QPA_PLATFORM"));
  environment.remove(QStringLiteral("DISPLAY"));
  environment.remove(QStringLiteral("WAYLAND_DISPLAY"));
  process.setProcessEnvironment(environment);
  process.start(QStringLiteral(SOCKLOCK_GUI), arguments);
  EXPECT_TRUE(process.waitForFinished(100'000));
  return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
          QString::fromUtf8(process.readAllStandardError())};
}

TEST(Program, helps_without_a_display) {
  const Ended ended = start({QStringLiteral("--help")});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_TRUE(ended.out.contains(QStringLiteral("--screenshot")));
}

TEST(Program, says_that_there_is_no_display) {
  const QStringList arguments = exampleRuns(QStringLiteral("before"));
  const Ended ended = start(arguments);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_TRUE(ended.err.startsWith(QStringLiteral("socklock-gui: no window can be opened"))) << qPrintable(ended.err);
  EXPECT_TRUE(ended.err.contains(QStringLiteral("--screenshot"))) << qPrintable(ended.err);
  EXPECT_FALSE(ended.err.contains(QStringLiteral("Reinstalling"))) << qPrintable(ended.err);
}

TEST(Program, takes_a_screenshot_without_a_display) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("shot.png"));
  const Ended ended = start(QStringList{QStringLiteral("--screenshot"), file, QStringLiteral("--size"),
                                        QStringLiteral("1000x860"), QStringLiteral("--theme"), QStringLiteral("dark")} +
                            exampleRuns(QStringLiteral("before")) + QStringList{QStringLiteral("--")} +
                            exampleRuns(QStringLiteral("after")));
  EXPECT_EQ(ended.exit_code, 0) << qPrintable(ended.err);
  const QImage shot(file);
  EXPECT_EQ(shot.size(), QSize(1000, 860));
  // The coloured edge of the verdict is as high as the verdict's text needs: it was cut to one line once.
  EXPECT_EQ(shot.pixelColor(11, 140), shot.pixelColor(11, 40));
}

TEST(Program, refuses_what_it_does_not_understand) {
  EXPECT_EQ(start({QStringLiteral("--size"), QStringLiteral("big")}).exit_code, 2);
  EXPECT_EQ(start({QStringLiteral("--screenshot"), QStringLiteral("x.png")}).exit_code, 2);
  EXPECT_EQ(start({QStringLiteral("--"), QStringLiteral("after.slk")}).exit_code, 2);
}

TEST(Program, says_what_it_cannot_read) {
  const Ended ended =
      start({QStringLiteral("--screenshot"), QStringLiteral("none.png"), QStringLiteral("does-not-exist.slk")});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_TRUE(ended.err.contains(QStringLiteral("does-not-exist.slk"))) << qPrintable(ended.err);
}

}  // namespace
}  // namespace socklock::gui
