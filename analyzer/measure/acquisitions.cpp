// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/acquisitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "analyzer/load/run.h"
#include "analyzer/measure/probed_rules.h"

namespace socklock::analyzer {
namespace {

std::string reason_of(const RunFacts& facts) {
  bool counts_calls = false;
  std::string reason;
  for (const ProbeFacts& probe : facts.probes) {
    if (!probe.counts_calls) continue;
    if (probe.attached) return "";
    counts_calls = true;
    if (!probe.absent && reason.empty()) reason = probe.reason;
  }
  if (!reason.empty()) return reason;
  if (!counts_calls && !facts.knows.acquisitions) return fmt::format("imported from {}, which has none", facts.origin);
  return counts_calls ? "this kernel has none of the functions that are known to take such locks"
                      : fmt::format("recorded at capability level {}", facts.level);
}

}  // namespace

AcquisitionCounts::AcquisitionCounts(const Run& run, const Taxonomy& taxonomy)
    : why_not_(reason_of(run.facts)), knows_paths_(run.facts.knows.acquisition_paths) {
  if (!measured()) return;
  const auto rules = probed_rules(run, taxonomy.acquisitions, &ProbeFacts::counts_calls);
  for (const AcquisitionRule* rule : rules)
    if (any_probe(run, *rule, &ProbeFacts::counts_calls, true)) by_class_[rule->lock_class];
  for (const AcquisitionRule* rule : rules)
    if (const auto found = by_class_.find(rule->lock_class);
        found != by_class_.end() && any_probe(run, *rule, &ProbeFacts::counts_calls, false))
      found->second.at_least = true;
  for (const AcquiredCall& acquired : acquired_calls(run, taxonomy)) {
    const std::uint64_t calls = run.calls[acquired.row].calls;
    Acquisitions& acquisitions = by_class_[acquired.lock_class];
    acquisitions.count += calls;
    acquisitions.at_least = acquisitions.at_least || acquired.at_least;
    by_path_[{acquired.lock_class, acquired.path}] += calls;
  }
}

std::vector<AcquiredCall> acquired_calls(const Run& run, const Taxonomy& taxonomy) {
  std::vector<AcquiredCall> acquired;
  const auto rules = probed_rules(run, taxonomy.acquisitions, &ProbeFacts::counts_calls);
  for (std::size_t row = 0; row < run.calls.size(); ++row) {
    const CallCount& call = run.calls[row];
    const std::string symbol(without_compiler_suffix(run.dictionaries.at(call.function).symbol));
    const CallPath path = taxonomy.path_of_call(symbol, call.on, call.syscall, run.facts.host.machine);
    for (const AcquisitionRule* rule : rules) {
      if (!Taxonomy::is_under(*rule, symbol) || (rule->kind && *rule->kind != call.kind)) continue;
      acquired.push_back({row, rule->lock_class, path, rule->at_least});
      if (Taxonomy::place_of(symbol) != std::string::npos) break;  // one lock, taken once
    }
  }
  return acquired;
}

std::optional<Acquisitions> AcquisitionCounts::of(ClassId lock_class) const {
  const auto found = by_class_.find(lock_class);
  if (found == by_class_.end()) return std::nullopt;
  return found->second;
}

std::optional<Acquisitions> AcquisitionCounts::of(ClassId lock_class, CallPath path) const {
  auto whole = of(lock_class);
  if (!whole || !knows_paths_) return std::nullopt;
  const auto unknown = by_path_.find({lock_class, CallPath::kOther});
  if (unknown != by_path_.end() && 2 * unknown->second > whole->count) return std::nullopt;
  const auto found = by_path_.find({lock_class, path});
  return Acquisitions{found == by_path_.end() ? 0 : found->second, whole->at_least};
}

std::vector<ClassId> AcquisitionCounts::classes() const {
  std::vector<ClassId> classes;
  for (const auto& [lock_class, acquisitions] : by_class_) classes.push_back(lock_class);
  return classes;
}

std::optional<double> contention_ratio(const Run& run, const Taxonomy& taxonomy, ClassId lock_class,
                                       std::uint64_t contentions, const std::optional<Acquisitions>& acquisitions) {
  if (!acquisitions || acquisitions->count == 0) return std::nullopt;
  const bool is_owner = std::any_of(taxonomy.rules.begin(), taxonomy.rules.end(), [lock_class](const ClassRule& rule) {
    return rule.lock_class == lock_class && rule.kind == RuleKind::kOwner;
  });
  if (!is_owner && run.facts.spinlock_mode == SpinlockMode::kTestAndSet) return std::nullopt;
  return static_cast<double>(contentions) / static_cast<double>(acquisitions->count);
}

}  // namespace socklock::analyzer
