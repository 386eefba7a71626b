// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/timeline.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {
namespace {

// Of the finest level: bins times groups, at most; and bins.
constexpr std::uint64_t kMaxCells = 1 << 19;
constexpr std::uint64_t kMaxBins = 1 << 17;
// On average; with fewer, events themselves are as quick.
constexpr std::uint64_t kEventsPerBin = 16;

// Of an index of overlaps.
constexpr std::size_t kEventsPerBlock = 256;

std::uint64_t begin_of(const EventTable& events, std::size_t event) {
  return events.end_ns[event] - std::min(events.end_ns[event], events.wait_ns[event]);
}

}  // namespace

OverlapIndex::OverlapIndex(const EventTable& events) : events_(events) {
  for (std::size_t event = 0; event < events.size(); ++event) {
    const std::uint64_t begin_ns = begin_of(events, event);
    if (event % kEventsPerBlock == 0)
      first_begin_ns_.push_back(begin_ns);
    else
      first_begin_ns_.back() = std::min(first_begin_ns_.back(), begin_ns);
  }
}

void OverlapIndex::for_each(TimeRange range, std::size_t from,
                            const std::function<void(std::size_t event)>& take) const {
  std::size_t event = std::max(from, events_.first_at(range.begin_ns));
  while (event < events_.size()) {
    const std::size_t block = event / kEventsPerBlock;
    const std::size_t end = std::min(events_.size(), (block + 1) * kEventsPerBlock);
    if (first_begin_ns_[block] < range.end_ns)
      for (; event < end; ++event)
        if (begin_of(events_, event) < range.end_ns) take(event);
    event = end;
  }
}

Timeline::Timeline(const EventTable& events, std::uint32_t groups, GroupOf group_of,
                   std::shared_ptr<const OverlapIndex> overlaps)
    : events_(events),
      groups_(std::max(1U, groups)),
      group_of_(std::move(group_of)),
      overlaps_(overlaps ? std::move(overlaps) : std::make_shared<const OverlapIndex>(events)) {
  const std::uint64_t end_ns = events.size() == 0 ? 1 : events.end_ns.back() + 1;
  add_finest(end_ns);
  add_levels();
}

// A wait is added to the bins at its ends and marked at the edges of those between, whose sums follow in one pass.
void Timeline::add_finest(std::uint64_t end_ns) {
  const std::uint64_t wanted = std::clamp<std::uint64_t>(events_.size() / kEventsPerBin, 1, kMaxBins);
  const std::uint64_t most = std::max<std::uint64_t>(1, std::min(wanted, kMaxCells / groups_));
  Level& finest = levels_.emplace_back();
  while (((end_ns - 1) >> finest.shift) >= most) ++finest.shift;
  const std::uint64_t bins = ((end_ns - 1) >> finest.shift) + 1;
  finest.wait_ns.resize(bins * groups_);
  finest.count.resize(bins * groups_);
  std::vector<std::int64_t> whole(finest.wait_ns.size());  // waiters over a whole bin, less those of the bin before
  for (std::size_t event = 0; event < events_.size(); ++event) {
    const std::uint32_t group = group_of_(event);
    if (group >= groups_) continue;
    const std::uint64_t begin_ns = begin_of(events_, event), ended_ns = events_.end_ns[event];
    const std::uint64_t first = begin_ns >> finest.shift, last = ended_ns >> finest.shift;
    const auto weight = static_cast<double>(events_.weight[event]);
    finest.count[last * groups_ + group] += events_.weight[event];
    if (first == last) {
      finest.wait_ns[first * groups_ + group] += static_cast<double>(ended_ns - begin_ns) * weight;
      continue;
    }
    finest.wait_ns[first * groups_ + group] += static_cast<double>(((first + 1) << finest.shift) - begin_ns) * weight;
    finest.wait_ns[last * groups_ + group] += static_cast<double>(ended_ns - (last << finest.shift)) * weight;
    whole[(first + 1) * groups_ + group] += events_.weight[event];
    whole[last * groups_ + group] -= events_.weight[event];
  }
  const auto bin_ns = static_cast<double>(finest.bin_ns());
  for (std::size_t cell = 0; cell < whole.size(); ++cell) {
    if (cell >= groups_) whole[cell] += whole[cell - groups_];
    finest.wait_ns[cell] += static_cast<double>(whole[cell]) * bin_ns;
  }
}

void Timeline::add_levels() {
  while (levels_.back().count.size() > groups_) {
    const Level& fine = levels_.back();
    const std::size_t fine_bins = fine.count.size() / groups_;
    Level coarse;
    coarse.shift = fine.shift + 1;
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

double Timeline::Columns::width_ns() const {
  return static_cast<double>(range.end_ns - range.begin_ns) / static_cast<double>(count);
}

double Timeline::Columns::edge_ns(std::size_t column) const {
  return column >= count ? static_cast<double>(range.end_ns)
                         : static_cast<double>(range.begin_ns) + static_cast<double>(column) * width_ns();
}

std::size_t Timeline::Columns::at(double ns) const {
  const double column = (ns - static_cast<double>(range.begin_ns)) / width_ns();
  return column <= 0 ? 0 : std::min(count - 1, static_cast<std::size_t>(column));
}

// Counts are of bins that begin in the column, so that none counts twice; waits are as far as a bin lies in it.
void Timeline::sum_bins(const Level& level, double begin_ns, double end_ns, TimelineCell* cells) const {
  const std::uint64_t bins = level.count.size() / groups_;
  const auto bin_ns = static_cast<double>(level.bin_ns());
  const double last_ns = events_.size() == 0 ? 1 : static_cast<double>(events_.end_ns.back()) + 1;
  const std::uint64_t last = std::min(bins, static_cast<std::uint64_t>(std::ceil(end_ns / bin_ns)));
  for (auto bin = static_cast<std::uint64_t>(begin_ns / bin_ns); bin < last; ++bin) {
    const double from_ns = static_cast<double>(bin) * bin_ns;
    // Of the last bin only what lies before the end can hold waits.
    const double to_ns = std::min(from_ns + bin_ns, last_ns);
    const double share = std::max(0.0, std::min(end_ns, to_ns) - std::max(begin_ns, from_ns)) / (to_ns - from_ns);
    for (std::size_t group = 0; group < groups_; ++group) {
      cells[group].wait_ns += level.wait_ns[bin * groups_ + group] * share;
      if (from_ns >= begin_ns) cells[group].count += level.count[bin * groups_ + group];
    }
  }
}

void Timeline::sum_events(const Columns& columns, TimelineCell* cells) const {
  overlaps_->for_each(columns.range, 0, [&](std::size_t event) {
    const std::uint32_t group = group_of_(event);
    if (group >= groups_) return;
    const std::uint64_t ended_ns = events_.end_ns[event];
    const auto begin_ns = static_cast<double>(std::max(begin_of(events_, event), columns.range.begin_ns));
    const auto end_ns = static_cast<double>(std::min(ended_ns, columns.range.end_ns));
    const std::size_t last = columns.at(end_ns);
    for (std::size_t column = columns.at(begin_ns); column <= last; ++column) {
      const double part_ns =
          std::min(end_ns, columns.edge_ns(column + 1)) - std::max(begin_ns, columns.edge_ns(column));
      cells[column * groups_ + group].wait_ns += std::max(0.0, part_ns) * events_.weight[event];
    }
    if (ended_ns < columns.range.end_ns) cells[last * groups_ + group].count += events_.weight[event];
  });
}

std::vector<TimelineCell> Timeline::picture(TimeRange range, std::size_t columns) const {
  std::vector<TimelineCell> cells(columns * groups_);
  if (range.end_ns <= range.begin_ns || columns == 0) return cells;
  const Columns all{range, columns};
  const Level* level = nullptr;  // the coarsest whose bins are no wider than a column
  for (const Level& candidate : levels_)
    if (static_cast<double>(candidate.bin_ns()) <= all.width_ns()) level = &candidate;
  if (level == nullptr) {
    sum_events(all, cells.data());
    return cells;
  }
  for (std::size_t column = 0; column < columns; ++column)
    sum_bins(*level, all.edge_ns(column), all.edge_ns(column + 1), cells.data() + column * groups_);
  return cells;
}

std::uint64_t Timeline::bytes() const {
  std::uint64_t sum = 0;
  for (const Level& level : levels_) sum += level.wait_ns.capacity() * 8 + level.count.capacity() * 4;
  return sum;
}

TimeRange whole_intervals(std::span<const LabelledRun> runs, TimeRange range) {
  // By the range as it was asked for: intervals of several runs overlap each other from end to end.
  TimeRange whole = range;
  for (const LabelledRun& run : runs)
    for (const Interval& interval : run.run.intervals) {
      if (interval.begin_ns >= range.end_ns || interval.end_ns <= range.begin_ns) continue;
      whole.begin_ns = std::min(whole.begin_ns, interval.begin_ns);
      whole.end_ns = std::max(whole.end_ns, interval.end_ns);
    }
  return whole;
}

}  // namespace socklock::analyzer
