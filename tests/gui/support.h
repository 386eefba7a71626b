// SPDX-License-Identifier: GPL-2.0-or-later
// Real windows on real recordings.
#pragma once

#include <QSize>
#include <QStringList>
#include <QTest>
#include <array>
#include <memory>

#include "gui/app/main_window.h"

namespace socklock::gui::testing {

// Of examples/listener-per-thread: six runs a side.
QStringList exampleRuns(const QString& side);
// Of examples/inet-hash-connect: "ordinary/6.1" ...
QStringList caseRuns(const QString& part);

// What answer() gives, without a window.
FindingsPtr answerTo(const Question& question);
Question exampleQuestion();

// What is waited for here comes, however late; false where it does not, which is a fault.
template <typename Condition>
bool eventually(Condition condition) {
  return QTest::qWaitFor(condition, 100'000);
}

// Handles what is posted, and what that posts: layouts follow changes so, each that of what is around it.
void layOut();

// Waits, handling events, until what is asked is answered, has failed or was cancelled, and is laid out.
bool waitUntilAnswered(Session& session);
// The same of every page.
bool waitUntilSettled(const MainWindow& window);

std::unique_ptr<MainWindow> openExample();
// The case with all pages: Linux 6.1 and 7.2, level 2, with few ports left. Active, answered.
std::unique_ptr<MainWindow> openCase();

// A screen to make pictures for: its size in points, and pixels to a point.
struct Screen {
  const char* name;
  QSize size;
  int scale;
};
// From the smallest that people have to a large one with two pixels to a point.
inline constexpr std::array<Screen, 4> kScreens{{{"1024x700", {1024, 700}, 1},
                                                 {"1366x768", {1366, 768}, 1},
                                                 {"1920x1080", {1920, 1080}, 1},
                                                 {"3840x2160", {1920, 1080}, 2}}};
// Of a window that is settled, in the build folder for a person to look at. What a machine can check of a picture is
// checked: that it is there, and not of one colour.
void expectPicture(MainWindow& window, const QString& name, int scale = 1);
// On each of the screens; the window fits into them.
void expectPictures(MainWindow& window, const QString& name);

// The one part of this kind that the window has.
template <typename Part>
Part& partOf(MainWindow& window) {
  return *window.findChildren<Part*>().front();
}

}  // namespace socklock::gui::testing
