// SPDX-License-Identifier: GPL-2.0-or-later
// Which rules of a taxonomy say something of a recording: where a class's locks were probed themselves, no function
// that takes them does.
#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "analyzer/load/run.h"

namespace socklock::analyzer {

// Of functions that the kernel has: any that was probed, or any that was not. `what` is what probes are for:
// &ProbeFacts::counts_calls or &ProbeFacts::measures_holds.
template <typename Rule>
bool any_probe(const Run& run, const Rule& rule, bool ProbeFacts::*what, bool attached) {
  return std::any_of(run.facts.probes.begin(), run.facts.probes.end(), [&](const ProbeFacts& probe) {
    return probe.*what && !probe.absent && probe.attached == attached && Taxonomy::is_under(rule, probe.name);
  });
}

template <typename Rule>
std::vector<const Rule*> probed_rules(const Run& run, const std::vector<Rule>& rules, bool ProbeFacts::*what) {
  std::set<ClassId> probed;
  for (const Rule& rule : rules)
    if (rule.is_the_lock && any_probe(run, rule, what, true)) probed.insert(rule.lock_class);
  std::vector<const Rule*> kept;
  for (const Rule& rule : rules)
    if (rule.is_the_lock == probed.contains(rule.lock_class)) kept.push_back(&rule);
  return kept;
}

}  // namespace socklock::analyzer
