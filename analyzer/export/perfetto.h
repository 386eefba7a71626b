// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "analyzer/measure/filter.h"

namespace socklock::analyzer {

class EventReader;
struct Run;
struct Taxonomy;

// A trace for Perfetto's viewer: a slice for each recorded wait, on the track of its thread or, in interrupts, of
// its CPU; and a counter of the waits under way. Times are ns since the recording began. `events` are those of
// `run`, from their first on; only those that meet the filter are written.
std::string perfetto_trace(const Run& run, const Taxonomy& taxonomy, EventReader& events, const Filter& filter = {});

}  // namespace socklock::analyzer
