// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/held.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/holders.h"

namespace socklock::analyzer {
namespace {

using ClassAndPath = std::pair<ClassId, std::optional<CallPath>>;
using HolderRows = std::map<std::tuple<bool, CallPath, std::optional<CallPath>>, HolderComparison>;

std::string why_not(const Side& side) {
  for (const RunMeasures& run : side)
    if (std::string why = holds_why_not(run.run->run); !why.empty()) return why;
  return "";
}

void add(std::optional<HoldStats>& sum, const HoldStats& stats) {
  if (!sum) {
    sum = stats;
    return;
  }
  sum->samples += stats.samples;
  sum->holds.add(stats.holds);
  sum->backlog_ns += stats.backlog_ns;
  sum->backlogs += stats.backlogs;
}

void add_holds(const Side& side, const Taxonomy& taxonomy, std::optional<HoldStats> HeldComparison::*member,
               std::map<ClassAndPath, HeldComparison>& rows) {
  for (const RunMeasures& run : side)
    for (const bool by_path : {false, true})
      for (const HoldStats& stats : hold_stats(run.run->run, taxonomy, by_path)) {
        HeldComparison& row = rows[{stats.lock_class, stats.path}];
        row.lock_class = stats.lock_class;
        row.path = stats.path;
        add(row.*member, stats);
      }
}

void add_holders(const Side& side, double HolderComparison::*ns, double HolderComparison::*waits, HolderRows& rows) {
  for (const RunMeasures& run : side) {
    if (run.work <= 0) continue;
    const double weight = 1 / (run.work * static_cast<double>(side.size()));
    for (const HolderCell& cell : holder_matrix(*run.run)) {
      HolderComparison& row = rows[{cell.of_table, cell.waiter, cell.holder}];
      row.of_table = cell.of_table;
      row.waiter = cell.waiter;
      row.holder = cell.holder;
      row.*ns += static_cast<double>(cell.wait_ns) * weight;
      row.*waits += static_cast<double>(cell.waits) * weight;
    }
  }
}

std::uint64_t held_ns(const HeldComparison& row) {
  return (row.before ? row.before->holds.sums.wait_ns : 0) + (row.after ? row.after->holds.sums.wait_ns : 0);
}

}  // namespace

std::span<const HolderComparison> holders_of(const HeldResult& held, bool of_table) {
  const auto tables = std::partition_point(held.holders.begin(), held.holders.end(),
                                           [](const HolderComparison& row) { return !row.of_table; });
  return of_table ? std::span(tables, held.holders.end()) : std::span(held.holders.begin(), tables);
}

HeldResult compare_holds(const Side& before, const Side& after, const Taxonomy& taxonomy) {
  HeldResult result;
  result.before_why_not = why_not(before);
  result.after_why_not = why_not(after);
  std::map<ClassAndPath, HeldComparison> rows;
  add_holds(before, taxonomy, &HeldComparison::before, rows);
  add_holds(after, taxonomy, &HeldComparison::after, rows);
  for (const auto& [slice, row] : rows) result.rows.push_back(row);
  std::stable_sort(result.rows.begin(), result.rows.end(), [](const auto& x, const auto& y) {
    if (x.path.has_value() != y.path.has_value()) return !x.path.has_value();
    return held_ns(x) > held_ns(y);
  });
  HolderRows holders;
  add_holders(before, &HolderComparison::before_ns, &HolderComparison::before_waits, holders);
  add_holders(after, &HolderComparison::after_ns, &HolderComparison::after_waits, holders);
  for (const auto& [paths, row] : holders) result.holders.push_back(row);
  std::stable_sort(result.holders.begin(), result.holders.end(), [](const auto& x, const auto& y) {
    if (x.of_table != y.of_table) return y.of_table;
    return std::max(x.before_ns, x.after_ns) > std::max(y.before_ns, y.after_ns);
  });
  return result;
}

}  // namespace socklock::analyzer
