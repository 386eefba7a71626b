// SPDX-License-Identifier: GPL-2.0-or-later
// The waits of one run, cut into slices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/label/sampling_error.h"
#include "analyzer/measure/wait_stats.h"

namespace socklock::analyzer {

class InstanceNames;
struct Cgroup;
struct Dictionaries;
struct LabelledRun;
struct Thread;

enum class By { kClass, kPath, kClassPath, kFunction, kProcess, kContext, kInstance, kCgroup, kNetns };
std::optional<By> by_named(std::string_view name);
std::string_view name_of(By by);
// Whether it is known of single waits only: summaries have no threads.
constexpr bool needs_events(By by) { return by == By::kProcess || by == By::kCgroup; }

struct Slice {
  std::string name;  // of the class, path, function, process ...
  std::optional<ClassId> lock_class;
  std::optional<CallPath> path;
  WaitStats stats;
  SamplingError error;  // of what rests on sampled stacks
};

enum class SliceOrder { kWait, kContentions, kMax, kName };

// "nginx (4711)".
std::string process_name(const Thread& thread);
// "nginx 4711"
std::string thread_name(const Thread& thread);
// "nginx": what a process of one run has in common with those of another.
std::string command_name(const Thread& thread);

const Cgroup& cgroup_of(const Dictionaries& dictionaries, ThreadId thread);

// The slice that a row of `run` belongs to, its statistics empty.
Slice slice_of(const LabelledRun& run, const Taxonomy& taxonomy, const InstanceNames& names, By by, std::size_t row);

// Slices without waits are left out. Slices by process and cgroup need rows from events.
std::vector<Slice> break_down(const LabelledRun& run, const Taxonomy& taxonomy, By by);
void sort_slices(std::vector<Slice>& slices, SliceOrder order);

// 0 of nothing.
double share_of(std::uint64_t part, std::uint64_t whole);

// What of a run's waits is the socket layer's, and how much of that got names.
struct Totals {
  WaitStats all;
  WaitStats socket;
  std::uint64_t socket_classified_wait_ns = 0;
  std::uint64_t socket_with_path_wait_ns = 0;
};
Totals total(const LabelledRun& run);

}  // namespace socklock::analyzer
