// SPDX-License-Identifier: GPL-2.0-or-later
// The waits of some runs by call stack: what folded stacks, pprof and speedscope are made from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/load/dictionaries.h"
#include "analyzer/measure/work_unit.h"

namespace socklock::analyzer {

struct LabelledRun;

// Waits of one stack, lock class, call path and context.
struct StackEntry {
  std::vector<std::uint32_t> functions;  // positions in StackProfile::functions, outermost first; never empty
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;
  Context context = Context::kTask;
  std::uint64_t contentions = 0;
  std::uint64_t wait_ns = 0;
};

struct StackProfile {
  std::string name;                 // label of the runs, else "before", "after" or the file's name
  std::string scale;                // what the values are of: "sums over 1 run"
  std::vector<Function> functions;  // distinct
  std::vector<StackEntry> entries;  // largest wait first
  std::uint64_t wall_start_ns = 0;  // of the first run, since 1970
  std::uint64_t duration_ns = 0;    // of all runs
};

// Sums over the runs; with a unit of work, means over the runs of each run's values for a million such units, so
// that sides of other length or load can be laid over each other. Values are rounded to whole numbers.
// Errors: a run has none of the unit.
Result<StackProfile> stack_profile(std::span<const LabelledRun> runs, std::optional<WorkUnit> per_million);

enum class ProfileMeasure { kWait, kContentions };
std::uint64_t value_of(const StackEntry& entry, ProfileMeasure measure);

}  // namespace socklock::analyzer
