// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/comparability.h"
#include "analyzer/compare/statistics.h"
#include "analyzer/label/labelled_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace socklock::analyzer {
namespace {

// What recorders call a host whose name they left out (socklock-record --redact).
constexpr std::string_view kRedactedName = "(redacted)";
constexpr double kLoadTolerance = 0.20;
constexpr std::size_t kMinRunsForDrift = 4;
constexpr double kDriftCorrelation = 0.9;

using Warnings = std::vector<Warning>;
using Values = std::set<std::string>;

std::vector<std::string> listed(const Values& values) { return {values.begin(), values.end()}; }

Values values_of(const Side& side, const std::function<std::string(const Run&)>& value) {
  Values values;
  for (const RunMeasures& run : side) values.insert(value(run.run->run));
  return values;
}

double load(const Side& side) {
  double work = 0, seconds = 0;
  for (const RunMeasures& run : side) {
    work += run.work;
    seconds += work_in(run.run->run, WorkUnit::kSeconds);
  }
  return seconds > 0 ? work / seconds : 0;
}

void warn_of_load(const Side& before, const Side& after, WorkUnit unit, Warnings& warnings) {
  if (unit == WorkUnit::kSeconds) return;
  const double b = load(before), a = load(after);
  if (b <= 0 || std::abs(a / b - 1) <= kLoadTolerance) return;
  warnings.push_back({.kind = WarningKind::kLoad,
                      .before = {fmt::format("{:.0f}", b)},
                      .after = {fmt::format("{:.0f}", a)},
                      .value = a / b - 1,
                      .unit = std::string(name_of(unit))});
}

// Runs of one side in the order in which they were recorded.
std::vector<const RunMeasures*> in_time(const Side& side) {
  std::vector<const RunMeasures*> runs;
  for (const RunMeasures& run : side) runs.push_back(&run);
  std::sort(runs.begin(), runs.end(), [](const RunMeasures* a, const RunMeasures* b) {
    return a->run->run.facts.wall_start_ns < b->run->run.facts.wall_start_ns;
  });
  return runs;
}

double correlation_with_order(const std::vector<double>& values) {
  const double middle = static_cast<double>(values.size() - 1) / 2, m = mean(values);
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - middle, y = values[i] - m;
    xy += x * y;
    xx += x * x;
    yy += y * y;
  }
  return yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

void warn_of_drift(const Side& side, SideName name, Warnings& warnings) {
  if (side.size() < kMinRunsForDrift) return;
  std::vector<double> values;
  for (const RunMeasures* run : in_time(side)) {
    const auto found = run->slices.find({.kind = SliceKind::kHeadline});
    values.push_back(
        found == run->slices.end() || run->work <= 0 ? 0 : static_cast<double>(found->second.sums.wait_ns) / run->work);
  }
  const double change = mean(values) > 0 ? (values.back() - values.front()) / mean(values) : 0;
  if (std::abs(correlation_with_order(values)) > kDriftCorrelation && std::abs(change) > kLoadTolerance)
    warnings.push_back({.kind = WarningKind::kDrift, .side = name, .value = change});
}

void warn_if_one_after_the_other(const Side& before, const Side& after, Warnings& warnings) {
  if (before.size() < 2 || after.size() < 2) return;
  const auto b = in_time(before), a = in_time(after);
  const auto start = [](const RunMeasures* run) { return run->run->run.facts.wall_start_ns; };
  if (start(b.back()) < start(a.front()) || start(a.back()) < start(b.front()))
    warnings.push_back({.kind = WarningKind::kNotInterleaved});
}

void warn_of_quality(const Side& side, SideName name, Warnings& warnings) {
  std::uint64_t lost = 0;
  Values importers;
  for (const RunMeasures& measures : side) {
    const Run& run = measures.run->run;
    if (!run.facts.origin.empty()) importers.insert(run.facts.origin);
    lost += run.lost();
    if (!run.damage.empty())
      warnings.push_back({.kind = WarningKind::kDamaged, .side = name, .runs = {run.path}});
    else if (!run.closed)
      warnings.push_back({.kind = WarningKind::kNotClosed, .side = name, .runs = {run.path}});
    if (run.facts.workload.finished && run.facts.workload.exit_status != 0)
      warnings.push_back({.kind = WarningKind::kWorkloadFailed,
                          .side = name,
                          .runs = {run.path},
                          .value = static_cast<double>(run.facts.workload.exit_status)});
  }
  if (!importers.empty())
    warnings.push_back({.kind = WarningKind::kImported, .side = name, .before = listed(importers)});
  if (lost > 0) warnings.push_back({.kind = WarningKind::kLost, .side = name, .value = static_cast<double>(lost)});
}

// Words that a label has for one side or the other.
bool says(const std::string& label, std::span<const std::string_view> words) {
  std::string word;
  const auto is_one = [&] { return std::find(words.begin(), words.end(), word) != words.end(); };
  for (const char c : label) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (is_one()) return true;
    word.clear();
  }
  return is_one();
}

void warn_of_labels(const Side& before, const Side& after, Warnings& warnings) {
  static constexpr std::array<std::string_view, 5> kBefore{"before", "old", "base", "baseline", "unpatched"};
  static constexpr std::array<std::string_view, 3> kAfter{"after", "new", "patched"};
  const auto label = [](const Run& run) { return run.facts.label; };
  const Values b = values_of(before, label), a = values_of(after, label);
  const auto contradicts = [](const Values& labels, auto& own, auto& other) {
    return std::any_of(labels.begin(), labels.end(),
                       [&](const std::string& text) { return says(text, other) && !says(text, own); });
  };
  if (contradicts(b, kBefore, kAfter) || contradicts(a, kAfter, kBefore))
    warnings.push_back({.kind = WarningKind::kLabels, .before = listed(b), .after = listed(a)});
}

// Where a run was recorded; empty where that, or when, is not known well enough.
std::string machine_of(const Run& run) {
  const RunFacts& facts = run.facts;
  if (facts.wall_start_ns == 0 || !facts.origin.empty()) return "";
  if (!facts.host.boot_id.empty()) return facts.host.boot_id;
  return facts.host.name == kRedactedName ? "" : facts.host.name;
}

// One recording may begin while the last one before it writes its end.
constexpr std::uint64_t kOverlap_ns = 500'000'000;

void warn_of_same_time(const Side& before, const Side& after, Warnings& warnings) {
  std::map<std::string, std::vector<const Run*>> machines;
  for (const Side* side : {&before, &after})
    for (const RunMeasures& measures : *side)
      if (const std::string machine = machine_of(measures.run->run); !machine.empty())
        machines[machine].push_back(&measures.run->run);
  const auto end = [](const Run& run) { return run.facts.wall_start_ns + run.duration_ns(); };
  Warning warning{.kind = WarningKind::kSameTime};
  for (auto& [machine, runs] : machines) {
    std::sort(runs.begin(), runs.end(),
              [](const Run* a, const Run* b) { return a->facts.wall_start_ns < b->facts.wall_start_ns; });
    const Run* last = nullptr;  // of those so far the one that ends last
    for (const Run* run : runs) {
      const bool meets = last != nullptr && run->facts.wall_start_ns + kOverlap_ns < end(*last);
      // A run that was named twice is said so.
      if (meets && run->facts.run_id != last->facts.run_id && ++warning.value == 1)
        warning.runs = {last->path, run->path};
      if (last == nullptr || end(*run) > end(*last)) last = run;
    }
  }
  if (warning.value > 0) warnings.push_back(std::move(warning));
}

bool has_probe(const Run& run, const std::string& name) {
  return std::any_of(run.facts.probes.begin(), run.facts.probes.end(),
                     [&name](const ProbeFacts& probe) { return probe.name == name && probe.attached; });
}

// A process has another number whenever it is started: that is no other filter, and its name is what there is to tell.
std::string filter_of(const Run& run) {
  const std::string& filter = run.facts.workload.filter;
  if (filter.empty()) return "none";
  if (!filter.starts_with("pid ")) return filter;
  const std::size_t name = filter.find('(');
  return name == std::string::npos ? "one process" : "one process " + filter.substr(name);
}

// Facts that should be the same in every run of both sides.
struct Fact {
  WarningKind kind;
  std::string (*value)(const Run&);
};
constexpr std::array<Fact, 8> kFacts{{
    {WarningKind::kSpinlockModes, [](const Run& run) { return std::string(name_of(run.facts.spinlock_mode)); }},
    {WarningKind::kLevels, [](const Run& run) { return std::to_string(run.facts.level); }},
    {WarningKind::kHosts, [](const Run& run) { return run.facts.host.name; }},
    {WarningKind::kKernels, [](const Run& run) { return run.facts.host.kernel_release; }},
    {WarningKind::kCpus, [](const Run& run) { return std::to_string(run.facts.host.cpus_online); }},
    {WarningKind::kFilters, filter_of},
    {WarningKind::kOwnerWaits,
     [](const Run& run) { return std::string(has_probe(run, "sched_switch") ? "recorded" : "not recorded"); }},
    {WarningKind::kUnits,
     [](const Run& run) { return run.facts.origin.empty() ? std::string("socklock-record") : run.facts.origin; }},
}};

void warn_of_different_facts(const Side& before, const Side& after, Warnings& warnings) {
  for (const Fact& fact : kFacts) {
    const Values b = values_of(before, fact.value), a = values_of(after, fact.value);
    if (b != a || b.size() > 1) warnings.push_back({.kind = fact.kind, .before = listed(b), .after = listed(a)});
  }
}

// Recordings of before version 1 of the rules have every attempt to connect as a connection.
std::string connections_of(const Run& run) {
  if (!run.facts.origin.empty() || work_in(run, WorkUnit::kConnections) <= 0) return "";
  return run.facts.work_rules == 0 ? "every attempt" : "one that was established";
}

void warn_of_work(const Side& before, const Side& after, WorkUnit unit, Warnings& warnings) {
  Values all;
  for (const Side* side : {&before, &after})
    for (const RunMeasures& measures : *side) {
      const Run& run = measures.run->run;
      if (const std::string rule = connections_of(run); !rule.empty()) all.insert(rule);
      // Where another unit was chosen for that reason.
      if (unit != WorkUnit::kConnections && !why_unmeasured(run, WorkUnit::kConnections).empty())
        warnings.push_back({.kind = WarningKind::kUnfilteredWork, .runs = {run.path}});
    }
  if (unit == WorkUnit::kConnections && all.size() > 1)
    warnings.push_back({.kind = WarningKind::kWorkRules,
                        .before = listed(values_of(before, connections_of)),
                        .after = listed(values_of(after, connections_of))});
}

void warn_of_unseen_spinlocks(const Side& before, const Side& after, Warnings& warnings) {
  for (const Side* side : {&before, &after})
    for (const RunMeasures& measures : *side)
      if (measures.run->run.facts.spinlock_mode == SpinlockMode::kTestAndSet) {
        warnings.push_back({.kind = WarningKind::kSpinlocksUnseen});
        return;
      }
}

}  // namespace

std::vector<Warning> repetition_warnings(const Side& before, const Side& after) {
  Warnings warnings;
  Side seen;
  for (const Side* side : {&before, &after})
    for (const RunMeasures& run : *side) {
      if (share_a_run(seen, {run})) warnings.push_back({.kind = WarningKind::kSameRun, .runs = {run.run->run.path}});
      seen.push_back(run);
    }
  return warnings;
}

std::vector<Warning> comparability_warnings(const Side& before, const Side& after, WorkUnit unit) {
  Warnings warnings;
  warn_of_labels(before, after, warnings);
  warn_of_same_time(before, after, warnings);
  warn_of_different_facts(before, after, warnings);
  warn_of_unseen_spinlocks(before, after, warnings);
  warn_of_work(before, after, unit, warnings);
  warn_of_load(before, after, unit, warnings);
  warn_of_drift(before, SideName::kBefore, warnings);
  warn_of_drift(after, SideName::kAfter, warnings);
  warn_if_one_after_the_other(before, after, warnings);
  warn_of_quality(before, SideName::kBefore, warnings);
  warn_of_quality(after, SideName::kAfter, warnings);
  return warnings;
}

}  // namespace socklock::analyzer
