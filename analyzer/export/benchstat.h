// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analyzer/export/sides.h"
#include "analyzer/measure/work_unit.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/result.h"

namespace socklock::analyzer {

// Go benchmark lines, one a run and slice, from which benchstat makes its own verdict: wait and contentions per
// unit of work of all locks, of the headline's locks, of each class and of each class by call path. Every slice
// has a line for every run, 0 where the run has none of it, so that samples are of the same size.
// Errors: a run has none of the unit of work.
Result<std::string> benchstat(std::span<const ExportSide> sides, const Taxonomy& taxonomy, WorkUnit unit);

}  // namespace socklock::analyzer
