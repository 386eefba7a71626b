// SPDX-License-Identifier: GPL-2.0-or-later
// The denominators: what one wait or contention is put in relation to.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock::analyzer {

struct Interval;
struct Run;

// Runs only where one side is looked at and its seconds are not known.
enum class WorkUnit { kConnections, kOperations, kBinds, kRequests, kPackets, kSeconds, kRuns };
std::string_view name_of(WorkUnit unit);      // "connections"
std::string_view singular_of(WorkUnit unit);  // "connection"
std::optional<WorkUnit> work_unit_named(std::string_view name);

// Why the run can't say how much of the unit was done; empty where it can. Then there is no work, whatever was counted.
std::string why_unmeasured(const Run& run, WorkUnit unit);

// What the user stated of the run comes before what was recorded; binds and requests are known by that only. Nothing in
// seconds where how long was recorded is not known.
double work_in(const Run& run, WorkUnit unit);
// Why nothing can be said of the run per unit, and what would change that.
Error no_work(const Run& run, WorkUnit unit);
// Stated work is taken to be spread evenly over the run. `interval` is one of `run`, which says whether opened or
// accepted connections count.
double work_in(const Run& run, const Interval& interval, WorkUnit unit);

// The default: connections where every run established 10 or more and at most 1000 operations (packets, where
// operations are not measured) went over each, else what the user stated of every run, else operations, else
// packets, else seconds.
WorkUnit default_work_unit(std::span<const Run* const> runs);

}  // namespace socklock::analyzer
