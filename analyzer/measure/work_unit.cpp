// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/work_unit.h"

#include <algorithm>

#include "analyzer/load/run.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// On a pure server nothing is opened, and what was accepted counts.
double work_of(const Work& work, std::uint64_t duration_ns, WorkUnit unit, bool opens_connections) {
  switch (unit) {
    case WorkUnit::kConnections:
      return static_cast<double>(opens_connections ? work.connections_active : work.connections_passive);
    case WorkUnit::kOperations: return static_cast<double>(work.operations());
    case WorkUnit::kSeconds: return static_cast<double>(duration_ns) / static_cast<double>(kNsPerSecond);
  }
  return 0;
}

}  // namespace

std::string_view name_of(WorkUnit unit) {
  switch (unit) {
    case WorkUnit::kConnections: return "connections";
    case WorkUnit::kOperations: return "operations";
    case WorkUnit::kSeconds: return "seconds";
  }
  return "";
}

std::string_view singular_of(WorkUnit unit) {
  const std::string_view plural = name_of(unit);
  return plural.substr(0, plural.size() - 1);
}

std::optional<WorkUnit> work_unit_named(std::string_view name) {
  for (const WorkUnit unit : {WorkUnit::kConnections, WorkUnit::kOperations, WorkUnit::kSeconds})
    if (name_of(unit) == name) return unit;
  return std::nullopt;
}

double work_in(const Run& run, WorkUnit unit) {
  return work_of(run.work, run.duration_ns(), unit, run.work.connections_active > 0);
}

double work_in(const Run& run, const Interval& interval, WorkUnit unit) {
  return work_of(interval.work, interval.end_ns - interval.begin_ns, unit, run.work.connections_active > 0);
}

namespace {

// Some, and not a few beside so many operations that these are what the load is about.
bool is_work_of(const Run& run, WorkUnit unit) {
  constexpr double kFewConnections = 10;
  constexpr double kOperationsPerConnection = 1000;
  const double work = work_in(run, unit);
  if (unit != WorkUnit::kConnections) return work > 0;
  return work >= kFewConnections && work * kOperationsPerConnection >= work_in(run, WorkUnit::kOperations);
}

}  // namespace

WorkUnit default_work_unit(std::span<const Run* const> runs) {
  for (const WorkUnit unit : {WorkUnit::kConnections, WorkUnit::kOperations})
    if (std::all_of(runs.begin(), runs.end(), [unit](const Run* run) { return is_work_of(*run, unit); })) return unit;
  return WorkUnit::kSeconds;
}

}  // namespace socklock::analyzer
