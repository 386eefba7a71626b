// SPDX-License-Identifier: GPL-2.0-or-later
// Charts of a comparison; empty without anything to show.
#pragma once

#include "analyzer/compare/compare.h"
#include "analyzer/document/picture.h"

namespace socklock::analyzer {

Chart forest_chart(const Comparison& comparison);  // effects with intervals, on a log scale
Chart pairs_chart(const Comparison& comparison);   // wait before and after by class and path
Chart waterfall_chart(const Comparison& comparison, const Taxonomy& taxonomy);
Chart distribution_chart(const Comparison& comparison);
Chart timeline_chart(const Comparison& comparison);

}  // namespace socklock::analyzer
