// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/holders.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {

std::vector<HolderCell> holder_matrix(const LabelledRun& run) {
  std::map<std::tuple<bool, CallPath, std::optional<CallPath>>, HolderCell> cells;
  for (std::size_t i = 0; i < run.run.holders.size(); ++i) {
    const HolderLabels& labels = run.holders[i];
    HolderCell& cell = cells[{labels.of_table, labels.waiter, labels.holder}];
    cell.of_table = labels.of_table;
    cell.waiter = labels.waiter;
    cell.holder = labels.holder;
    cell.waits += run.run.holders[i].waits;
    cell.wait_ns += run.run.holders[i].wait_ns;
  }
  std::vector<HolderCell> sorted;
  for (const auto& [key, cell] : cells) sorted.push_back(cell);
  std::stable_sort(sorted.begin(), sorted.end(), [](const HolderCell& a, const HolderCell& b) {
    return a.of_table != b.of_table ? b.of_table : a.wait_ns > b.wait_ns;
  });
  return sorted;
}

std::vector<HolderDetail> holder_details(const LabelledRun& run) {
  std::map<std::tuple<ClassId, CallPath, std::optional<CallPath>, FunctionId>, HolderDetail> rows;
  for (std::size_t i = 0; i < run.run.holders.size(); ++i) {
    const HolderLabels& labels = run.holders[i];
    HolderDetail& row = rows[{labels.lock_class, labels.waiter, labels.holder, labels.function}];
    row.lock_class = labels.lock_class;
    row.cell.of_table = labels.of_table;
    row.cell.waiter = labels.waiter;
    row.cell.holder = labels.holder;
    if (labels.function != FunctionId{0}) row.function = display_name(run.run.dictionaries.at(labels.function));
    row.cell.waits += run.run.holders[i].waits;
    row.cell.wait_ns += run.run.holders[i].wait_ns;
  }
  std::vector<HolderDetail> sorted;
  for (auto& [key, row] : rows) sorted.push_back(std::move(row));
  std::stable_sort(sorted.begin(), sorted.end(), [](const HolderDetail& a, const HolderDetail& b) {
    return a.cell.of_table != b.cell.of_table ? b.cell.of_table : a.cell.wait_ns > b.cell.wait_ns;
  });
  return sorted;
}

std::uint64_t total_wait_ns(const std::vector<HolderCell>& matrix, bool of_table) {
  std::uint64_t sum = 0;
  for (const HolderCell& cell : matrix)
    if (cell.of_table == of_table) sum += cell.wait_ns;
  return sum;
}

}  // namespace socklock::analyzer
