// SPDX-License-Identifier: GPL-2.0-or-later
// What capability level 2 measured on both sides, as every form of a comparison shows it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "analyzer/compare/compare.h"
#include "analyzer/render/level2.h"

namespace socklock::analyzer {

// Acquisitions and hold times by class, who held what; with `details` also by class and call path.
std::vector<FigureTable> level2_tables(const Comparison& comparison, const Taxonomy& taxonomy, bool details,
                                       std::size_t limit);

// For the document's keys "acquisitions", "holds" and "holders".
nlohmann::ordered_json acquired_json(const Comparison& comparison, const Taxonomy& taxonomy);
nlohmann::ordered_json held_json(const Comparison& comparison, const Taxonomy& taxonomy);
nlohmann::ordered_json holders_json(const Comparison& comparison);

const AcquiredComparison* find_acquired(const Comparison& comparison, ClassId lock_class, std::optional<CallPath> path);

}  // namespace socklock::analyzer
