// SPDX-License-Identifier: GPL-2.0-or-later
// What of two sides' runs gives reason to doubt their comparison.
#pragma once

#include <vector>

#include "analyzer/compare/sides.h"
#include "analyzer/compare/warning.h"

namespace socklock::analyzer {

// Of runs that were named more than once. To be asked before those are dropped.
std::vector<Warning> repetition_warnings(const Side& before, const Side& after);

std::vector<Warning> comparability_warnings(const Side& before, const Side& after, WorkUnit unit);

}  // namespace socklock::analyzer
