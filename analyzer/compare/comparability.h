// SPDX-License-Identifier: GPL-2.0-or-later
// What of two sides' runs gives reason to doubt their comparison.
#pragma once

#include <vector>

#include "analyzer/compare/sides.h"
#include "analyzer/compare/warning.h"

namespace socklock::analyzer {

std::vector<Warning> comparability_warnings(const Side& before, const Side& after, WorkUnit unit);

}  // namespace socklock::analyzer
