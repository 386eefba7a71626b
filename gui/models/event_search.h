// SPDX-License-Identifier: GPL-2.0-or-later
// Looks for text in what is known of single waits: class, instance, call path, function, any function of the call
// stack, process, thread.
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

class EventSearch {
 public:
  // Looked for without regard to case; an empty text is in none.
  EventSearch(TimelineDataPtr data, const QString& text);
  [[nodiscard]] bool isIn(std::size_t event) const;
  [[nodiscard]] std::size_t countIn(const WaitsInView& view) const;
  // Of the waits that meet the filter the next behind `event`, `step` 1, or the one before, -1; without `event` the
  // first of all, or the last. Nothing: it is in no other.
  [[nodiscard]] std::optional<std::size_t> next(std::optional<std::size_t> event, int step) const;

 private:
  TimelineDataPtr data_;
  std::vector<bool> kinds_, threads_;
};

// The same in several runs, one after the other.
class RunsSearch {
 public:
  RunsSearch(std::vector<TimelineDataPtr> runs, const QString& text);
  // Of the waits under way in the range.
  [[nodiscard]] std::size_t countIn(analyzer::TimeRange range) const;
  // Around at the ends. Nothing: it is in none.
  [[nodiscard]] std::optional<ChosenWait> next(const std::optional<ChosenWait>& wait, int step) const;

 private:
  std::vector<TimelineDataPtr> runs_;
  std::vector<EventSearch> searches_;
};

}  // namespace socklock::gui
