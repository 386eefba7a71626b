// SPDX-License-Identifier: GPL-2.0-or-later
// Real windows on real recordings.
#pragma once

#include <QStringList>
#include <QTest>
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

// The one part of this kind that the window has.
template <typename Part>
Part& partOf(MainWindow& window) {
  return *window.findChildren<Part*>().front();
}

}  // namespace socklock::gui::testing
