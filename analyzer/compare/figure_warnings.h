// SPDX-License-Identifier: GPL-2.0-or-later
// Reasons to doubt a comparison that only its figures show.
#pragma once

#include <vector>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

std::vector<Warning> warnings_of_figures(const Comparison& comparison, const Side& before, const Side& after,
                                         const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
