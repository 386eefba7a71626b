// SPDX-License-Identifier: GPL-2.0-or-later
// Charts of a comparison as inline SVG: no script, colours from the page's style sheet, text escaped.
// A chart without anything to show is empty.
#pragma once

#include <string>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

std::string forest_svg(const Comparison& comparison);  // effects with intervals, on a log scale
std::string pairs_svg(const Comparison& comparison);   // wait before and after by class and path
std::string waterfall_svg(const Comparison& comparison, const Taxonomy& taxonomy);
std::string distribution_svg(const Comparison& comparison);
std::string timeline_svg(const Comparison& comparison);

}  // namespace socklock::analyzer
