// SPDX-License-Identifier: GPL-2.0-or-later
// Waits over time at any zoom: sums in bins, halved again and again, so that a picture of any stretch costs
// its columns and not its events.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/load/time_range.h"

namespace socklock::analyzer {

struct EventTable;
struct LabelledRun;

// A column of a picture; sampled waits count by their weight.
struct TimelineCell {
  double wait_ns = 0;       // of all waits, as far as they lie in the column
  std::uint64_t count = 0;  // of waits that ended in it
};

// How many waited at the same time, on average over a stretch.
inline double mean_waiters(const TimelineCell& cell, double stretch_ns) {
  return stretch_ns > 0 ? cell.wait_ns / stretch_ns : 0;
}
inline double waits_per_second(const TimelineCell& cell, double stretch_ns) {
  return stretch_ns > 0 ? static_cast<double>(cell.count) * 1e9 / stretch_ns : 0;
}

// Finds waits by when they were under way: they are in order of their end, and long ones end long after they began.
class OverlapIndex {
 public:
  // `events` outlives it.
  explicit OverlapIndex(const EventTable& events);
  // Positions of the events that end at or after `range.begin_ns` and begin before `range.end_ns`, ascending;
  // only those from position `from` on.
  void for_each(TimeRange range, std::size_t from, const std::function<void(std::size_t event)>& take) const;

 private:
  const EventTable& events_;
  std::vector<std::uint64_t> first_begin_ns_;  // of each block of events
};

class Timeline {
 public:
  // Which of `groups` an event belongs to; kLeftOut: none.
  using GroupOf = std::function<std::uint32_t(std::size_t event)>;
  static constexpr std::uint32_t kLeftOut = UINT32_MAX;

  // `events` outlives the timeline. Timelines of the same events can share their index.
  Timeline(const EventTable& events, std::uint32_t groups, GroupOf group_of,
           std::shared_ptr<const OverlapIndex> overlaps = nullptr);

  // Column by column, in each all groups: cells[column * groups() + group]. `columns` of equal length from
  // `range.begin_ns` to `range.end_ns`.
  [[nodiscard]] std::vector<TimelineCell> picture(TimeRange range, std::size_t columns) const;

  [[nodiscard]] std::uint32_t groups() const { return groups_; }
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Level {
    unsigned shift = 0;  // a bin is 2^shift ns long: a division takes longer than all else that an event needs
    [[nodiscard]] std::uint64_t bin_ns() const { return std::uint64_t{1} << shift; }
    std::vector<double> wait_ns;  // [bin * groups + group]
    std::vector<std::uint32_t> count;
  };
  // Columns of equal length; their edges need not be whole nanoseconds.
  struct Columns {
    TimeRange range;
    std::size_t count;
    [[nodiscard]] double width_ns() const;
    [[nodiscard]] double edge_ns(std::size_t column) const;
    [[nodiscard]] std::size_t at(double ns) const;
  };
  void add_finest(std::uint64_t end_ns);
  void add_levels();
  void sum_bins(const Level& level, double begin_ns, double end_ns, TimelineCell* cells) const;
  void sum_events(const Columns& columns, TimelineCell* cells) const;

  const EventTable& events_;
  std::uint32_t groups_;
  GroupOf group_of_;
  std::shared_ptr<const OverlapIndex> overlaps_;
  std::vector<Level> levels_;  // finest first
};

// The range widened so that every interval that overlaps it, of any of the runs, lies in it; as it is without
// intervals. What is measured over it has something of every run that lasted so long.
TimeRange whole_intervals(std::span<const LabelledRun> runs, TimeRange range);

}  // namespace socklock::analyzer
