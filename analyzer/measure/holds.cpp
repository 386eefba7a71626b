// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/holds.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analyzer/load/run.h"
#include "analyzer/measure/distinct.h"
#include "analyzer/measure/probed_rules.h"

namespace socklock::analyzer {

std::string holds_why_not(const Run& run) {
  std::string reason;
  for (const ProbeFacts& probe : run.facts.probes) {
    if (!probe.measures_holds) continue;
    if (probe.attached) return "";
    if (!probe.absent && reason.empty()) reason = probe.reason;
  }
  if (!reason.empty()) return reason;
  return run.facts.knows.holds ? fmt::format("recorded at capability level {}", run.facts.level)
                               : fmt::format("imported from {}, which has none", run.facts.origin);
}

std::vector<HeldSpan> held_spans(const Run& run, const Taxonomy& taxonomy) {
  std::vector<HeldSpan> spans;
  const auto rules = probed_rules(run, taxonomy.holds, &ProbeFacts::measures_holds);
  for (std::size_t row = 0; row < run.holds.size(); ++row) {
    const HoldSample& hold = run.holds[row];
    const std::string function(without_compiler_suffix(run.dictionaries.at(hold.function).symbol));
    const CallPath path = taxonomy.path_of_call(function, hold.on, hold.syscall, run.facts.host.machine);
    for (const HoldRule* rule : rules) {
      if (!Taxonomy::is_under(*rule, function) || (rule->kind && *rule->kind != hold.kind)) continue;
      spans.push_back({row, rule->lock_class, path, rule->is_the_lock});
      if (Taxonomy::place_of(function) != std::string::npos) break;
    }
  }
  return spans;
}

std::optional<ClassId> class_of(const HeldLock& held, const Taxonomy& taxonomy) {
  for (const HoldRule& rule : taxonomy.holds)
    if (rule.is_the_lock && rule.kind == held.kind) return rule.lock_class;
  return std::nullopt;
}

std::vector<HoldStats> hold_stats(const Run& run, const Taxonomy& taxonomy, bool by_path) {
  std::map<std::pair<ClassId, std::optional<CallPath>>, HoldStats> slices;
  if (by_path && !run.facts.knows.acquisition_paths) return {};
  for (const HeldSpan& span : held_spans(run, taxonomy)) {
    const HoldSample& hold = run.holds[span.row];
    const auto path = by_path ? std::optional(span.path) : std::nullopt;
    HoldStats& stats = slices[{span.lock_class, path}];
    stats.lock_class = span.lock_class;
    stats.path = path;
    stats.samples += hold.samples;
    stats.backlog_ns += hold.backlog_ns;
    stats.backlogs += hold.backlogs;
    if (run.facts.knows_off_cpu) stats.off_cpu_ns = stats.off_cpu_ns.value_or(0) + hold.off_cpu_ns;
    merge_distinct(hold.threads, stats.threads);
    stats.holds.add({hold.weight, 0, hold.hold_ns, 0, hold.max_ns, 0}, hold.cells);
  }
  std::vector<HoldStats> sorted;
  for (const auto& [key, stats] : slices) sorted.push_back(stats);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const HoldStats& a, const HoldStats& b) { return a.holds.sums.wait_ns > b.holds.sums.wait_ns; });
  return sorted;
}

}  // namespace socklock::analyzer
