// SPDX-License-Identifier: GPL-2.0-or-later
// What a window shows, to be opened again: which traces, which filter, how grouped. Traces are named relative
// to the file, so that a folder can move.
#pragma once

#include <QJsonObject>
#include <QString>
#include <optional>
#include <vector>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

inline constexpr const char* kSessionEnding = ".socklock";

// A place to come back to: what of the traces was looked at, how, and a note about it.
struct Bookmark {
  QString name;
  analyzer::Filter filter;
  Grouping grouping = Grouping::kClass;
  std::optional<analyzer::WorkUnit> unit;
  QString page;
  QJsonObject state{};  // of the page: zoom, markers, lanes, a query

  bool operator==(const Bookmark&) const = default;
};

struct SessionView {
  Question question;
  QString page;
  std::vector<Bookmark> bookmarks{};
  QJsonObject states{};  // of pages, by their ids
};

Result<void> saveSession(const SessionView& view, const QString& file);
Result<SessionView> loadSession(const QString& file);

}  // namespace socklock::gui
