// SPDX-License-Identifier: GPL-2.0-or-later
// Both sides of a comparison, as far as a filter's stretches of time reach.
#pragma once

#include <string>
#include <vector>

#include "analyzer/label/load_runs.h"

namespace socklock::analyzer {

struct Filter;

// As load_sides(); of `options` the range is the filter's. The filter's other conditions are filtered()'s.
Result<TwoSides> load_parts(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const Filter& filter, LoadOptions options);

}  // namespace socklock::analyzer
