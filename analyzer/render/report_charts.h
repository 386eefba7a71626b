// SPDX-License-Identifier: GPL-2.0-or-later
// Charts of one run as inline SVG, as svg_charts.h has them for two sides. Empty without anything to show.
#pragma once

#include <string>

#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {

std::string wait_bars_svg(const LabelledRun& run, const Taxonomy& taxonomy);  // by class and path
std::string wait_times_svg(const LabelledRun& run);                           // distribution, log scale, quantiles
std::string run_timeline_svg(const LabelledRun& run);                         // wait per second of recorded time

}  // namespace socklock::analyzer
