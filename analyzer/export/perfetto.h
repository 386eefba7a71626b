// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace socklock::analyzer {

class EventReader;
struct Run;
struct Taxonomy;

// A trace for Perfetto's viewer: a slice for each recorded wait, on the track of its thread or, in interrupts, of
// its CPU; and a counter of the waits under way. Times are ns since the recording began. `events` are those of
// `run`, from their first on.
std::string perfetto_trace(const Run& run, const Taxonomy& taxonomy, EventReader& events);

}  // namespace socklock::analyzer
