// SPDX-License-Identifier: GPL-2.0-or-later
// Real windows on real recordings.
#pragma once

#include <QStringList>
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

// Waits, handling events, until what is asked is answered, has failed or was cancelled; false after a minute.
bool waitUntilAnswered(Session& session);

std::unique_ptr<MainWindow> openExample();

// The one part of this kind that the window has.
template <typename Part>
Part& partOf(MainWindow& window) {
  return *window.findChildren<Part*>().front();
}

}  // namespace socklock::gui::testing
