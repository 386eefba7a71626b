// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/period_waits.h"

#include <algorithm>

#include "analyzer/load/facts.h"

namespace socklock::analyzer {

std::uint64_t period_of(const RunFacts& facts, std::uint64_t begin_ns, std::uint64_t end_ns, std::uint64_t length_ns) {
  return (facts.wall_start_ns + begin_ns + (end_ns - begin_ns) / 2) / length_ns;
}

std::uint32_t PeriodWaitsBuilder::number(std::uint64_t period, std::uint32_t row) {
  const std::uint32_t number = numbers_.find_or_add({period, row});
  if (number == waits_.size()) waits_.push_back({period, row, {}, {}});
  return number;
}

void PeriodWaitsBuilder::add(std::uint64_t period, std::uint32_t row, const WaitSums& sums) {
  waits_[number(period, row)].sums.add(sums);
}

void PeriodWaitsBuilder::add_cell(std::uint64_t period, std::uint32_t row, std::uint32_t bucket, std::uint64_t count) {
  const std::uint32_t cell = cells_.find_or_add({number(period, row), bucket});
  if (cell == cell_counts_.size()) cell_counts_.push_back(0);
  cell_counts_[cell] += count;
}

std::vector<PeriodWait> PeriodWaitsBuilder::build() && {
  for (std::size_t i = 0; i < cell_counts_.size(); ++i) {
    const FlatKey& key = cells_.keys()[i];
    waits_[key.high].cells.push_back({static_cast<std::uint32_t>(key.low), cell_counts_[i]});
  }
  for (PeriodWait& wait : waits_)
    std::sort(wait.cells.begin(), wait.cells.end(),
              [](const WaitCell& a, const WaitCell& b) { return a.bucket < b.bucket; });
  return std::move(waits_);
}

}  // namespace socklock::analyzer
