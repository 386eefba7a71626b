// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/work_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "analyzer/load/run.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr std::array kUnits{WorkUnit::kConnections, WorkUnit::kOperations, WorkUnit::kBinds,
                            WorkUnit::kRequests,    WorkUnit::kPackets,    WorkUnit::kSeconds};

// On a pure server nothing is opened, and what was accepted counts.
double work_of(const Work& work, std::uint64_t duration_ns, WorkUnit unit, bool opens_connections) {
  switch (unit) {
    case WorkUnit::kConnections:
      return static_cast<double>(opens_connections ? work.connections_active : work.connections_passive);
    case WorkUnit::kOperations: return static_cast<double>(work.operations());
    case WorkUnit::kPackets: return static_cast<double>(work.packets());
    case WorkUnit::kBinds:
    case WorkUnit::kRequests: return 0;
    case WorkUnit::kSeconds: return static_cast<double>(duration_ns) / static_cast<double>(kNsPerSecond);
    case WorkUnit::kRuns: return 1;
  }
  return 0;
}

std::optional<double> stated(const Run& run, WorkUnit unit) {
  const auto found = run.facts.workload.stated.find(std::string(name_of(unit)));
  if (found == run.facts.workload.stated.end()) return std::nullopt;
  return static_cast<double>(found->second);
}

}  // namespace

std::string_view name_of(WorkUnit unit) {
  switch (unit) {
    case WorkUnit::kConnections: return "connections";
    case WorkUnit::kOperations: return "operations";
    case WorkUnit::kBinds: return "binds";
    case WorkUnit::kRequests: return "requests";
    case WorkUnit::kPackets: return "packets";
    case WorkUnit::kSeconds: return "seconds";
    case WorkUnit::kRuns: return "runs";
  }
  return "";
}

std::string_view singular_of(WorkUnit unit) {
  const std::string_view plural = name_of(unit);
  return plural.substr(0, plural.size() - 1);
}

std::optional<WorkUnit> work_unit_named(std::string_view name) {
  for (const WorkUnit unit : kUnits)
    if (name_of(unit) == name) return unit;
  return std::nullopt;
}

std::string why_unmeasured(const Run& run, WorkUnit unit) {
  if (unit == WorkUnit::kOperations && run.operations_stopped && !stated(run, unit))
    return "the recorder stopped counting them when they became many: record --work operations counts them";
  const bool is_filtered = run.facts.origin.empty() && !run.facts.workload.filter.empty();
  if (!is_filtered || stated(run, unit) || unit == WorkUnit::kSeconds || unit == WorkUnit::kRuns) return "";
  if (run.facts.work_rules == 0)
    return "the recording is filtered, and that version of the recorder counted the work of the whole host";
  const auto sees_accept = [](const ProbeFacts& probe) { return probe.name == "sys_exit" && probe.attached; };
  if (unit == WorkUnit::kConnections && run.work.connections_active == 0 &&
      std::none_of(run.facts.probes.begin(), run.facts.probes.end(), sees_accept))
    return "the recording is filtered, and that kernel did not tell which connections a process accepts";
  if (unit == WorkUnit::kPackets) return "the recording is filtered, and the kernel counts packets of all processes";
  return "";
}

double work_in(const Run& run, WorkUnit unit) {
  if (const auto work = stated(run, unit)) return *work;
  if (!why_unmeasured(run, unit).empty()) return 0;
  if (unit == WorkUnit::kSeconds && !run.facts.knows.duration) return 0;
  return work_of(run.work, run.duration_ns(), unit, run.work.connections_active > 0);
}

Error no_work(const Run& run, WorkUnit unit) {
  const std::string where = "'" + run.path + "'";
  if (unit == WorkUnit::kSeconds && !run.facts.knows.duration)
    return {"how long was recorded is not known, so nothing can be said per second", where,
            "import it again with --duration SECONDS, those of the whole recording, or with --work of another unit",
            ExitCode::kNotEnoughData};
  if (const std::string why = why_unmeasured(run, unit); !why.empty())
    return {fmt::format("{} are not measured: {}", name_of(unit), why), where, "record anew, or choose another --unit",
            ExitCode::kNotEnoughData};
  return {fmt::format("no {} in this run, so nothing can be said per unit of work", name_of(unit)), where,
          "record longer, or choose another --unit", ExitCode::kNotEnoughData};
}

double work_in(const Run& run, const Interval& interval, WorkUnit unit) {
  if (unit == WorkUnit::kRuns)
    return run.duration_ns() == 0
               ? 0
               : static_cast<double>(interval.end_ns - interval.begin_ns) / static_cast<double>(run.duration_ns());
  if (const auto work = stated(run, unit))
    return run.duration_ns() == 0 ? 0
                                  : *work * static_cast<double>(interval.end_ns - interval.begin_ns) /
                                        static_cast<double>(run.duration_ns());
  if (!why_unmeasured(run, unit).empty()) return 0;
  return work_of(interval.work, interval.end_ns - interval.begin_ns, unit, run.work.connections_active > 0);
}

namespace {

// Some, and not a few beside so many operations that these are what the load is about.
bool is_work_of(const Run& run, WorkUnit unit) {
  constexpr double kFewConnections = 10;
  constexpr double kOperationsPerConnection = 1000;
  const double work = work_in(run, unit);
  if (unit != WorkUnit::kConnections || stated(run, unit)) return work > 0;
  const bool knows_operations = why_unmeasured(run, WorkUnit::kOperations).empty();
  const WorkUnit over_it = knows_operations ? WorkUnit::kOperations : WorkUnit::kPackets;
  return work >= kFewConnections && work * kOperationsPerConnection >= work_in(run, over_it);
}

}  // namespace

WorkUnit default_work_unit(std::span<const Run* const> runs) {
  for (const WorkUnit unit :
       {WorkUnit::kConnections, WorkUnit::kBinds, WorkUnit::kRequests, WorkUnit::kOperations, WorkUnit::kPackets})
    if (std::all_of(runs.begin(), runs.end(), [unit](const Run* run) { return is_work_of(*run, unit); })) return unit;
  return WorkUnit::kSeconds;
}

}  // namespace socklock::analyzer
