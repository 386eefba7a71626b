// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/timeline.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "analyzer/label/load_events.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {
namespace {

// Of the finest level: bins times groups, at most; and bins.
constexpr std::uint64_t kMaxCells = 1 << 21;
constexpr std::uint64_t kMaxBins = 1 << 17;
// On average; with fewer, events themselves are as quick.
constexpr std::uint64_t kEventsPerBin = 16;

}  // namespace

Timeline::Timeline(const EventTable& events, std::uint32_t groups, GroupOf group_of)
    : events_(events), groups_(std::max(1U, groups)), group_of_(std::move(group_of)) {
  const std::uint64_t end_ns = events.size() == 0 ? 1 : events.end_ns.back() + 1;
  const std::uint64_t wanted = std::clamp<std::uint64_t>(events.size() / kEventsPerBin, 1, kMaxBins);
  const std::uint64_t bins = std::bit_floor(std::max<std::uint64_t>(1, std::min(wanted, kMaxCells / groups_)));
  Level& finest = levels_.emplace_back();
  finest.bin_ns = (end_ns + bins - 1) / bins;
  finest.wait_ns.resize(bins * groups_);
  finest.count.resize(bins * groups_);
  for (std::size_t event = 0; event < events.size(); ++event) {
    const std::uint32_t group = group_of_(event);
    if (group >= groups_) continue;
    const std::size_t cell = events.end_ns[event] / finest.bin_ns * groups_ + group;
    finest.wait_ns[cell] += events.wait_ns[event] * events.weight[event];
    finest.count[cell] += events.weight[event];
  }
  add_levels(end_ns);
}

void Timeline::add_levels(std::uint64_t end_ns) {
  while (levels_.back().bin_ns < end_ns) {
    const Level& fine = levels_.back();
    const std::size_t fine_bins = fine.count.size() / groups_;
    Level coarse;
    coarse.bin_ns = fine.bin_ns * 2;
    coarse.wait_ns.resize((fine_bins + 1) / 2 * groups_);
    coarse.count.resize(coarse.wait_ns.size());
    for (std::size_t bin = 0; bin < fine_bins; ++bin)
      for (std::size_t group = 0; group < groups_; ++group) {
        coarse.wait_ns[bin / 2 * groups_ + group] += fine.wait_ns[bin * groups_ + group];
        coarse.count[bin / 2 * groups_ + group] += fine.count[bin * groups_ + group];
      }
    levels_.push_back(std::move(coarse));
  }
}

void Timeline::sum_bins(const Level& level, TimeRange range, TimelineCell* cells) const {
  const std::uint64_t bins = level.count.size() / groups_;
  const auto up = [&level](std::uint64_t ns) { return (ns + level.bin_ns - 1) / level.bin_ns; };
  const std::uint64_t last = std::min(bins, up(range.end_ns));
  for (std::uint64_t bin = up(range.begin_ns); bin < last; ++bin)
    for (std::size_t group = 0; group < groups_; ++group) {
      cells[group].wait_ns += level.wait_ns[bin * groups_ + group];
      cells[group].count += level.count[bin * groups_ + group];
    }
}

void Timeline::sum_events(TimeRange range, TimelineCell* cells) const {
  for (std::size_t event = events_.first_at(range.begin_ns);
       event < events_.size() && events_.end_ns[event] < range.end_ns; ++event) {
    const std::uint32_t group = group_of_(event);
    if (group >= groups_) continue;
    cells[group].wait_ns += events_.wait_ns[event] * events_.weight[event];
    cells[group].count += events_.weight[event];
  }
}

std::vector<TimelineCell> Timeline::picture(TimeRange range, std::size_t columns) const {
  std::vector<TimelineCell> cells(columns * groups_);
  if (range.end_ns <= range.begin_ns || columns == 0) return cells;
  const double column_ns = static_cast<double>(range.end_ns - range.begin_ns) / static_cast<double>(columns);
  const Level* level = nullptr;  // the coarsest whose bins are no wider than a column
  for (const Level& candidate : levels_)
    if (static_cast<double>(candidate.bin_ns) <= column_ns) level = &candidate;
  std::uint64_t begin_ns = range.begin_ns;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::uint64_t end_ns =
        column + 1 == columns
            ? range.end_ns
            : range.begin_ns + static_cast<std::uint64_t>(static_cast<double>(column + 1) * column_ns);
    TimelineCell* const of_column = cells.data() + column * groups_;
    // Bins are taken whole by the column in which they begin, so that none counts twice.
    level != nullptr ? sum_bins(*level, {begin_ns, end_ns}, of_column) : sum_events({begin_ns, end_ns}, of_column);
    begin_ns = end_ns;
  }
  return cells;
}

std::uint64_t Timeline::bytes() const {
  std::uint64_t sum = 0;
  for (const Level& level : levels_) sum += level.wait_ns.capacity() * 8 + level.count.capacity() * 4;
  return sum;
}

TimeRange whole_intervals(const Run& run, TimeRange range) {
  TimeRange whole = range;
  for (const Interval& interval : run.intervals) {
    const bool overlaps = interval.begin_ns < range.end_ns && interval.end_ns > range.begin_ns;
    if (!overlaps) continue;
    whole.begin_ns = std::min(whole.begin_ns, interval.begin_ns);
    whole.end_ns = std::max(whole.end_ns, interval.end_ns);
  }
  return whole;
}

}  // namespace socklock::analyzer
