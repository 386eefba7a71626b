// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/breakdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

constexpr std::array<std::pair<By, std::string_view>, 9> kNames{{{By::kClass, "class"},
                                                                 {By::kPath, "path"},
                                                                 {By::kClassPath, "class-path"},
                                                                 {By::kFunction, "function"},
                                                                 {By::kProcess, "process"},
                                                                 {By::kContext, "context"},
                                                                 {By::kInstance, "instance"},
                                                                 {By::kCgroup, "cgroup"},
                                                                 {By::kNetns, "netns"}}};

std::string function_name(const LabelledRun& run, FunctionId id) {
  return id == FunctionId{0} ? "(no stack)" : display_name(run.run.dictionaries.at(id));
}

// Whether an estimate's slice is known without the sample.
bool is_certain(const Estimate& estimate, By by) {
  switch (by) {
    case By::kClass:
    case By::kInstance: return estimate.class_clear;
    case By::kProcess:
    case By::kCgroup: break;  // see errors_of()
    case By::kNetns: return true;
    // What a task was called for, and does: a task is preempted, or woken up, under any system call.
    case By::kPath:
    case By::kClassPath:
    case By::kFunction:
    case By::kContext: break;
  }
  return false;
}

}  // namespace

const Cgroup& cgroup_of(const Dictionaries& dictionaries, ThreadId thread) {
  return dictionaries.at(dictionaries.at(thread).cgroup);
}

std::string command_name(const Thread& thread) {
  return thread.tid == 0 && thread.comm.empty() ? "(not known)" : thread.comm;
}

std::string thread_name(const Thread& thread) { return fmt::format("{} {}", thread.comm, thread.tid); }

std::string process_name(const Thread& thread) {
  if (thread.tid == 0 && thread.comm.empty()) return command_name(thread);
  return fmt::format("{} ({})", thread.comm, thread.pid);
}

Slice slice_of(const LabelledRun& run, const Taxonomy& taxonomy, const InstanceNames& names, By by, std::size_t row) {
  const WaitLabels& labels = run.labels[row];
  const WaitKey& key = run.run.waits.keys[row];
  const LockClass& lock_class = taxonomy.at(labels.lock_class);
  switch (by) {
    case By::kClass: return {lock_class.name, labels.lock_class, {}, {}, {}};
    case By::kPath: return {std::string(name_of(labels.path)), {}, labels.path, {}, {}};
    case By::kClassPath:
      return {fmt::format("{} × {}", lock_class.name, name_of(labels.path)), labels.lock_class, labels.path, {}, {}};
    case By::kFunction: return {function_name(run, labels.taker), {}, {}, {}, {}};
    case By::kProcess: return {process_name(run.run.dictionaries.at(key.thread)), {}, {}, {}, {}};
    case By::kContext: return {std::string(name_of(labels.context)), {}, {}, {}, {}};
    case By::kCgroup: return {cgroup_of(run.run.dictionaries, key.thread).name, {}, {}, {}, {}};
    case By::kNetns: return {namespace_name(run.run.dictionaries, run.run.dictionaries.at(key.lock)), {}, {}, {}, {}};
    case By::kInstance:
      return {names.name(run.run.dictionaries.at(key.lock), lock_class), labels.lock_class, {}, {}, {}};
  }
  return {};
}

std::optional<By> by_named(std::string_view name) {
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [name](const auto& entry) { return entry.second == name; });
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

std::string_view name_of(By by) {
  return std::find_if(kNames.begin(), kNames.end(), [by](const auto& entry) { return entry.first == by; })->second;
}

namespace {

std::unordered_map<std::string, SamplingError> errors_of(const LabelledRun& run, const Taxonomy& taxonomy,
                                                         const InstanceNames& names, By by) {
  const Dictionaries& dictionaries = run.run.dictionaries;
  if (by == By::kProcess)
    return sampling_errors_of_threads(run.sampling,
                                      [&](ThreadId thread) { return process_name(dictionaries.at(thread)); });
  if (by == By::kCgroup)
    return sampling_errors_of_threads(run.sampling,
                                      [&](ThreadId thread) { return cgroup_of(dictionaries, thread).name; });
  return sampling_errors(
      run.sampling, [&](std::uint32_t row) { return slice_of(run, taxonomy, names, by, row).name; },
      [by](const Estimate& estimate) { return is_certain(estimate, by); });
}

}  // namespace

std::vector<Slice> break_down(const LabelledRun& run, const Taxonomy& taxonomy, By by) {
  const WaitTable& waits = run.run.waits;
  const InstanceNames names(run.run.dictionaries);
  std::vector<Slice> slices;
  std::unordered_map<std::string, std::size_t> position;
  for (std::size_t row = 0; row < waits.size(); ++row) {
    if (waits.sums[row].contentions == 0) continue;
    Slice slice = slice_of(run, taxonomy, names, by, row);
    const auto [entry, is_new] = position.try_emplace(slice.name, slices.size());
    if (is_new) slices.push_back(std::move(slice));
    slices[entry->second].stats.add(waits.sums[row], waits.cells_of(row));
  }
  const auto errors = errors_of(run, taxonomy, names, by);
  for (Slice& slice : slices)
    if (const auto error = errors.find(slice.name); error != errors.end()) slice.error = error->second;
  return slices;
}

void sort_slices(std::vector<Slice>& slices, SliceOrder order) {
  const auto key = [order](const Slice& slice) -> std::uint64_t {
    switch (order) {
      case SliceOrder::kWait: return slice.stats.sums.wait_ns;
      case SliceOrder::kContentions: return slice.stats.sums.contentions;
      case SliceOrder::kMax: return slice.stats.sums.wait_max_ns;
      case SliceOrder::kName: break;
    }
    return 0;
  };
  std::sort(slices.begin(), slices.end(),
            [&key](const Slice& a, const Slice& b) { return key(a) != key(b) ? key(a) > key(b) : a.name < b.name; });
}

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Totals total(const LabelledRun& run) {
  Totals totals;
  const WaitTable& waits = run.run.waits;
  for (std::size_t row = 0; row < waits.size(); ++row) {
    totals.all.add(waits.sums[row], waits.cells_of(row));
    const WaitLabels& labels = run.labels[row];
    if (!labels.socket) continue;
    totals.socket.add(waits.sums[row], waits.cells_of(row));
    if (labels.lock_class != kUnclassified) totals.socket_classified_wait_ns += waits.sums[row].wait_ns;
    if (labels.path != CallPath::kOther) totals.socket_with_path_wait_ns += waits.sums[row].wait_ns;
  }
  return totals;
}

}  // namespace socklock::analyzer
