// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/holds.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analyzer/load/run.h"

namespace socklock::analyzer {

std::string holds_why_not(const Run& run) {
  std::string reason;
  for (const ProbeFacts& probe : run.facts.probes) {
    if (!probe.measures_holds) continue;
    if (probe.attached) return "";
    if (!probe.absent && reason.empty()) reason = probe.reason;
  }
  if (!reason.empty()) return reason;
  return run.facts.origin.empty() ? fmt::format("recorded at capability level {}", run.facts.level)
                                  : fmt::format("imported from {}, which has none", run.facts.origin);
}

std::vector<HoldStats> hold_stats(const Run& run, const Taxonomy& taxonomy, bool by_path) {
  std::map<std::pair<ClassId, std::optional<CallPath>>, HoldStats> slices;
  for (const HoldSample& hold : run.holds) {
    const std::string function(without_compiler_suffix(run.dictionaries.at(hold.function).symbol));
    std::optional<CallPath> path;
    if (by_path) path = taxonomy.path_of_call(function, hold.on, hold.syscall, run.facts.host.machine);
    for (const HoldRule& rule : taxonomy.holds) {
      if (!rule.functions.matches(function) || (rule.kind && *rule.kind != hold.kind)) continue;
      HoldStats& stats = slices[{rule.lock_class, path}];
      stats.lock_class = rule.lock_class;
      stats.path = path;
      stats.samples += hold.samples;
      stats.backlog_ns += hold.backlog_ns;
      stats.backlogs += hold.backlogs;
      stats.holds.add({hold.weight, 0, hold.hold_ns, 0, hold.max_ns}, hold.cells);
    }
  }
  std::vector<HoldStats> sorted;
  for (const auto& [key, stats] : slices) sorted.push_back(stats);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const HoldStats& a, const HoldStats& b) { return a.holds.sums.wait_ns > b.holds.sums.wait_ns; });
  return sorted;
}

}  // namespace socklock::analyzer
