// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/wait_table_builder.h"

#include <algorithm>
#include <numeric>

#include "base/wait_buckets.h"

namespace socklock::analyzer {
std::uint32_t WaitTableBuilder::row(const WaitKey& key) {
  const std::uint32_t row = rows_.find_or_add(pack(key));
  if (row == keys_.size()) {
    keys_.push_back(key);
    sums_.emplace_back();
    samples_.emplace_back();
  }
  return row;
}

void WaitTableBuilder::add_wait(std::uint32_t row, const Wait& wait, std::uint64_t weight, bool gave_up) {
  WaitSums& sums = sums_[row];
  sums.contentions += weight;
  sums.gave_up += gave_up ? weight : 0;
  sums.wait_ns += wait.wait_ns * weight;
  sums.run_delay_ns += wait.run_delay_ns * weight;
  sums.wait_min_ns = std::min(sums.wait_min_ns, wait.wait_ns);
  sums.wait_max_ns = std::max(sums.wait_max_ns, wait.wait_ns);
  add_cell(row, socklock_wait_bucket(wait.wait_ns), weight);
}

void WaitTableBuilder::add_cell(std::uint32_t row, std::uint32_t bucket, std::uint64_t count) {
  const std::uint32_t cell = cells_.find_or_add({row, bucket});
  if (cell == cell_counts_.size()) cell_counts_.push_back(0);
  cell_counts_[cell] += count;
}

WaitTable WaitTableBuilder::build() && {
  const std::vector<FlatKey>& keys = cells_.keys();
  std::vector<std::uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&keys](std::uint32_t a, std::uint32_t b) {
    return keys[a].high != keys[b].high ? keys[a].high < keys[b].high : keys[a].low < keys[b].low;
  });
  WaitTable table;
  table.keys = std::move(keys_);
  table.sums = std::move(sums_);
  table.samples = std::move(samples_);
  table.cells.reserve(order.size());
  table.first_cell.assign(table.keys.size() + 1, 0);
  for (const std::uint32_t cell : order) {
    table.cells.push_back({static_cast<std::uint32_t>(keys[cell].low), cell_counts_[cell]});
    ++table.first_cell[keys[cell].high + 1];
  }
  std::partial_sum(table.first_cell.begin(), table.first_cell.end(), table.first_cell.begin());
  return table;
}

}  // namespace socklock::analyzer
