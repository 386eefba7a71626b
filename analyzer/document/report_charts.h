// SPDX-License-Identifier: GPL-2.0-or-later
// Charts of one run; empty without anything to show.
#pragma once

#include "analyzer/document/picture.h"
#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {

Chart wait_bars(const LabelledRun& run, const Taxonomy& taxonomy);  // by class and path
Chart wait_times(const LabelledRun& run);                           // distribution, log scale, quantiles
Chart run_timeline(const LabelledRun& run);                         // wait per second of recorded time

}  // namespace socklock::analyzer
