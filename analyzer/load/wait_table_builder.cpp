// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/wait_table_builder.h"

#include <algorithm>
#include <utility>

#include "base/wait_buckets.h"

namespace socklock::analyzer {
std::uint32_t WaitTableBuilder::row(const WaitKey& key) {
  const std::uint32_t row = rows_.find_or_add(pack(key));
  if (row == keys_.size()) {
    keys_.push_back(key);
    sums_.emplace_back();
    samples_.emplace_back();
    cells_.emplace_back();
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
  std::vector<WaitCell>& cells = cells_[row];
  const auto place = std::lower_bound(cells.begin(), cells.end(), bucket,
                                      [](const WaitCell& cell, std::uint32_t wanted) { return cell.bucket < wanted; });
  if (place != cells.end() && place->bucket == bucket)
    place->count += count;
  else
    cells.insert(place, {bucket, count});
}

void WaitTableBuilder::add_cells(std::uint32_t row, std::span<const WaitCell> cells) {
  if (cells_[row].empty())
    cells_[row].assign(cells.begin(), cells.end());
  else
    for (const WaitCell& cell : cells) add_cell(row, cell.bucket, cell.count);
}

WaitTable WaitTableBuilder::build() && {
  WaitTable table;
  table.keys = std::move(keys_);
  table.sums = std::move(sums_);
  table.samples = std::move(samples_);
  table.first_cell.reserve(table.keys.size() + 1);
  std::size_t cells = 0;
  for (const auto& of_row : cells_) {
    table.first_cell.push_back(cells);
    cells += of_row.size();
  }
  table.first_cell.push_back(cells);
  table.cells.reserve(cells);
  for (auto& of_row : cells_) {
    table.cells.insert(table.cells.end(), of_row.begin(), of_row.end());
    of_row = {};
  }
  return table;
}

}  // namespace socklock::analyzer
