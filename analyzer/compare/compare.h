// SPDX-License-Identifier: GPL-2.0-or-later
// What a change did: the one result that every renderer shows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/compare/acquired.h"
#include "analyzer/compare/estimate.h"
#include "analyzer/compare/held.h"
#include "analyzer/compare/moved.h"
#include "analyzer/compare/stack_diff.h"
#include "analyzer/compare/unnamed.h"
#include "analyzer/compare/warning.h"
#include "analyzer/measure/breakdown.h"
#include "base/result.h"

namespace socklock::analyzer {

struct CompareOptions {
  Criteria criteria;
  std::optional<WorkUnit> unit;       // absent: the default of the runs
  bool stacks_by_class_path = false;  // wanted in the comparison
  // Told how much of the estimates is done, 0 to 1.
  std::function<void(double share)> progress = {};
};

// One side of a slice. Rates are means over the runs of each run's ratio, so that every run weighs the same
// however long it was. `wait_ns_per_unit` of parts add up exactly (decomposition.h).
struct SideMeasures {
  WaitStats stats;  // of all runs together
  double contentions_per_unit = 0;
  double wait_ns_per_unit = 0;
  double wait_share = 0;  // of online CPUs times elapsed time
  std::vector<double> wait_ns_per_unit_of_runs;
};

struct SliceComparison {
  std::string name;
  std::optional<Role> role;
  std::optional<ClassId> lock_class;
  std::optional<CallPath> path;
  SideMeasures before;
  SideMeasures after;
  Effect effect;  // of the wait per unit of work
  Verdict verdict = Verdict::kInconclusive;

  [[nodiscard]] double delta_ns() const { return after.wait_ns_per_unit - before.wait_ns_per_unit; }
};

// One interval of a run.
struct TimePoint {
  double at_s = 0;              // its middle, recorded time since the side's first run began; runs follow one another
  double wait_ns_per_unit = 0;  // of all locks
};

struct SideSummary {
  std::vector<std::string> files;
  std::string label;  // of the first run
  std::vector<std::string> workload;
  std::string origin;  // importer of the first run; empty: socklock-record
  double work = 0;
  double seconds = 0;
  double cpu_ns_per_unit = 0;      // 0: not measured
  bool knows_distribution = true;  // of every run; else there are no quantiles
  bool knows_run_delay = true;     // of every run: what of the wait was for a CPU
  std::uint64_t contentions = 0;
  std::uint64_t lost = 0;
  std::vector<std::vector<TimePoint>> timeline;  // a run each; intervals without work are left out
};

struct Comparison {
  WorkUnit unit = WorkUnit::kSeconds;
  Criteria criteria;
  bool within_run_only = false;  // fewer than kMinRuns runs on a side, or a run on both: nothing is judged
  bool pairs = false;            // runs were interleaved, and each is compared with its neighbour
  SideSummary before;
  SideSummary after;
  SliceComparison headline;                     // the socket layer's locks together
  std::vector<SliceComparison> headline_parts;  // in the order of Part, those with waits
  SliceComparison quiet;                        // all locks but memory's and the scheduler's
  SliceComparison everything;
  std::vector<SliceComparison> roles;        // most wait first
  std::vector<SliceComparison> classes;      // most wait first
  std::vector<SliceComparison> class_paths;  // most wait first
  // By what else was asked for, most wait first: compare_by().
  std::optional<By> grouped_by;
  std::vector<SliceComparison> groups;
  std::vector<MovedWait> moved;            // largest change first; adds up to `everything`
  NetChange net;                           // of `moved`
  std::vector<SliceComparison> send_path;  // locks of all tables, every call path
  // The same of connection tables and of bind tables, each by every call path; `role` says which.
  std::vector<SliceComparison> tables_by_path;
  AcquiredResult acquired;
  std::string global_lock;  // of FreeBSD: the question of 2006 answered, see global_lock.h; else empty
  HeldResult held;
  Unnamed unnamed;
  std::optional<Effect> cpu;  // host CPU time per unit of work; absent with too few runs
  Verdict cpu_verdict = Verdict::kInconclusive;
  std::vector<Warning> warnings;
  StackNode stacks;
  std::vector<ClassPathStacks> class_path_stacks;  // where they were asked for; they add up to `stacks`
};

// Error kNotEnoughData when a side has no run, or no work of a unit that was asked for.
Result<Comparison> compare(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                           const Taxonomy& taxonomy, const CompareOptions& options);

// The same measures of one side alone, as `before`; `after` is empty, and there are no effects and verdicts.
Result<Comparison> explore(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, const CompareOptions& options);

// More groups than this are shown as one, "(others)": those with the least wait.
inline constexpr std::size_t kMaxGroups = 500;

// Both sides by function, process, instance ...; most wait first. `after` may be empty. Groups are matched by
// name: locks that have only an address do not compare across runs.
Result<std::vector<SliceComparison>> compare_by(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                                                const Taxonomy& taxonomy, By by, const CompareOptions& options);

}  // namespace socklock::analyzer
