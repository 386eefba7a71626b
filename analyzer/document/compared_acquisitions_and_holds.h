// SPDX-License-Identifier: GPL-2.0-or-later
// What capability level 2 measured on both sides, as tables and as data.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/compare/compare.h"
#include "analyzer/document/table.h"
#include "analyzer/document/value.h"

namespace socklock::analyzer {

// Acquisitions and hold times by class, who held what; where there is room, also by class and call path.
std::vector<Table> acquisition_and_hold_tables(const Comparison& comparison, const Taxonomy& taxonomy, Detail detail,
                                               std::size_t limit);

// For the data's keys "acquisitions", "holds" and "holders".
Value acquired_data(const Comparison& comparison, const Taxonomy& taxonomy);
Value held_data(const Comparison& comparison, const Taxonomy& taxonomy);
Value holders_data(const Comparison& comparison);

const AcquiredComparison* find_acquired(const Comparison& comparison, ClassId lock_class, std::optional<CallPath> path);

}  // namespace socklock::analyzer
