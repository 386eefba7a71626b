// SPDX-License-Identifier: GPL-2.0-or-later
// What a window shows, to be opened again: which traces, which filter, how grouped. Traces are named relative
// to the file, so that a folder can move.
#pragma once

#include <QString>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

inline constexpr const char* kSessionEnding = ".socklock";

struct SessionView {
  Question question;
  QString page;
};

Result<void> saveSession(const SessionView& view, const QString& file);
Result<SessionView> loadSession(const QString& file);

}  // namespace socklock::gui
