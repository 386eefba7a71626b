// SPDX-License-Identifier: GPL-2.0-or-later
// The denominators: what one wait or contention is put in relation to.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace socklock::analyzer {

struct Interval;
struct Run;

enum class WorkUnit { kConnections, kOperations, kSeconds };
std::string_view name_of(WorkUnit unit);      // "connections"
std::string_view singular_of(WorkUnit unit);  // "connection"
std::optional<WorkUnit> work_unit_named(std::string_view name);

double work_in(const Run& run, WorkUnit unit);
// `interval` is one of `run`, which says whether opened or accepted connections count.
double work_in(const Run& run, const Interval& interval, WorkUnit unit);

// The default: connections where every run established 10 or more and at most 1000 operations went over each,
// else operations, else seconds.
WorkUnit default_work_unit(std::span<const Run* const> runs);

}  // namespace socklock::analyzer
