// SPDX-License-Identifier: GPL-2.0-or-later
// Waits over time at any zoom: sums in bins, halved again and again, so that a picture of any stretch costs
// its columns and not its events.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "analyzer/load/time_range.h"

namespace socklock::analyzer {

struct EventTable;
struct Run;

// Waits that ended in a column of a picture, sampled ones by their weight.
struct TimelineCell {
  std::uint64_t wait_ns = 0;
  std::uint64_t count = 0;
};

// How many waited at the same time, on average over a stretch.
inline double mean_waiters(const TimelineCell& cell, double stretch_ns) {
  return stretch_ns > 0 ? static_cast<double>(cell.wait_ns) / stretch_ns : 0;
}
inline double waits_per_second(const TimelineCell& cell, double stretch_ns) {
  return stretch_ns > 0 ? static_cast<double>(cell.count) * 1e9 / stretch_ns : 0;
}

class Timeline {
 public:
  // Which of `groups` an event belongs to; kLeftOut: none.
  using GroupOf = std::function<std::uint32_t(std::size_t event)>;
  static constexpr std::uint32_t kLeftOut = UINT32_MAX;

  // `events` outlives the time line.
  Timeline(const EventTable& events, std::uint32_t groups, GroupOf group_of);

  // Column by column, in each all groups: cells[column * groups() + group]. `columns` of equal length from
  // `range.begin_ns` to `range.end_ns`.
  [[nodiscard]] std::vector<TimelineCell> picture(TimeRange range, std::size_t columns) const;

  [[nodiscard]] std::uint32_t groups() const { return groups_; }
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Level {
    std::uint64_t bin_ns = 1;
    std::vector<std::uint64_t> wait_ns;  // [bin * groups + group]
    std::vector<std::uint32_t> count;
  };
  void add_levels(std::uint64_t end_ns);
  void sum_bins(const Level& level, TimeRange range, TimelineCell* cells) const;
  void sum_events(TimeRange range, TimelineCell* cells) const;

  const EventTable& events_;
  std::uint32_t groups_;
  GroupOf group_of_;
  std::vector<Level> levels_;  // finest first
};

// The range widened to whole intervals of the run; as it is without intervals.
TimeRange whole_intervals(const Run& run, TimeRange range);

}  // namespace socklock::analyzer
