// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings read for an estimate: sums and single waits of each.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/measure/work_unit.h"
#include "analyzer/whatif/change.h"
#include "analyzer/whatif/class_use.h"
#include "base/result.h"

namespace socklock::analyzer {

struct LabelledRun;

// `unit`: nothing: the first that every run has. Errors: a trace that can't be read; no work of the unit in a run.
struct LoadedUse {
  std::vector<RunUse> runs;
  WorkUnit unit = WorkUnit::kSeconds;
};
Result<LoadedUse> load_use(const std::vector<LabelledRun>& runs, const Taxonomy& taxonomy,
                           std::span<const Change> changes, std::optional<WorkUnit> unit);

// Of more runs, in a unit that is decided.
Result<std::vector<RunUse>> load_use_in(const std::vector<LabelledRun>& runs, const Taxonomy& taxonomy,
                                        std::span<const Change> changes, WorkUnit unit);

}  // namespace socklock::analyzer
