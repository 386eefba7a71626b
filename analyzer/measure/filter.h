// SPDX-License-Identifier: GPL-2.0-or-later
// A part of a run's waits as a run of its own, so that whatever is computed of runs is computed of the part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/load/cpu_choice.h"
#include "analyzer/load/time_range.h"
#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {

struct EventTable;
struct LabelledRun;

// One condition of a filter in words: {"class", "tcp.ehash"}, and whether what meets it is left out. What can be asked
// is listed in conditions.h.
struct Condition {
  std::string kind;
  std::string value;
  bool leaves_out = false;
  bool operator==(const Condition&) const = default;
};

// A wait is kept when it meets every condition that is set, and none of those that leave out.
struct Filter {
  std::optional<Role> role = std::nullopt;
  std::optional<std::string> lock_class = std::nullopt;
  std::optional<CallPath> path = std::nullopt;
  std::optional<std::string> function = std::nullopt;  // that took the lock, as slices by function are named
  std::optional<std::string> frame = std::nullopt;     // name of any function in the call stack
  std::optional<std::string> instance = std::nullopt;
  std::optional<std::string> process =
      std::nullopt;  // "nginx (4711)", or "nginx" whatever its pid; needs rows from events
  std::optional<std::string> thread = std::nullopt;  // "nginx 4711", or its number; needs rows from events
  // "nginx.service", or a path, which stands for those below it, too; needs rows from events.
  std::optional<std::string> cgroup = std::nullopt;
  std::optional<std::string> netns = std::nullopt;  // network namespace of the table or TCP socket, as slices are named
  std::optional<std::string> context = std::nullopt;
  std::optional<std::uint64_t> min_wait_ns = std::nullopt;  // applied when a run is loaded; needs rows from events
  std::optional<CpuNumbers> cpus = std::nullopt;            // likewise
  std::optional<TimeRange> range = std::nullopt;            // applied when a run is loaded (LoadOptions)
  std::optional<TimeRange> range_after = std::nullopt;      // likewise, of the side after, where it has another
  std::vector<Condition> left_out = {};                     // what meets any of these is not kept

  bool operator==(const Filter&) const = default;
  [[nodiscard]] bool is_empty() const { return *this == Filter{}; }
  // Whether rows of a run have to be looked at: everything but the ranges, the threshold and the CPUs.
  [[nodiscard]] bool selects_rows() const;
  // Whether rows have to come from single events, because summaries have neither threads nor CPUs nor single waits.
  [[nodiscard]] bool needs_events() const;
  // Of what is asked for and what is left out.
  [[nodiscard]] CpuChoice cpu_choice() const;
  [[nodiscard]] bool has_range() const { return range || range_after; }
  [[nodiscard]] std::optional<TimeRange> range_of_after() const { return range_after ? range_after : range; }
};

// The rows that meet the filter; work, losses and times are the run's. Estimates of sampled stacks are those of
// the part. Acquisitions, hold times and holders are those of the filter's call path; where a condition
// is one that they were not recorded by, such as a process, they count as not measured, and the reason says so.
// Their classes are the taxonomy's matter: see rules_meeting().
LabelledRun filtered(const LabelledRun& run, const Taxonomy& taxonomy, const Filter& filter);
std::vector<LabelledRun> filtered(const std::vector<LabelledRun>& runs, const Taxonomy& taxonomy, const Filter& filter);

// The taxonomy for what was filtered: it counts acquisitions and holds only of classes that meet the filter.
Taxonomy rules_meeting(Taxonomy taxonomy, const Filter& filter);

// For each row whether it meets the filter.
std::vector<bool> rows_meeting(const LabelledRun& run, const Taxonomy& taxonomy, const Filter& filter);
// Positions of the single waits that meet the filter, whenever they were.
std::vector<std::uint32_t> events_meeting(const EventTable& events, const Taxonomy& taxonomy, Filter filter);

// Ranges widened to whole intervals of the runs, which were loaded without a range: work is counted by interval.
Filter with_whole_intervals(Filter filter, const std::vector<LabelledRun>& before,
                            const std::vector<LabelledRun>& after);

}  // namespace socklock::analyzer
