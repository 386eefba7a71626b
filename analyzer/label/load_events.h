// SPDX-License-Identifier: GPL-2.0-or-later
// The single waits of one recording, as columns of 30 bytes a wait, for time lines and lists.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/load/load_run.h"

namespace socklock::analyzer {

// In order of their end. A wait that was sampled stands for `weight` waits; those that were lost are missing.
struct EventTable {
  LabelledRun kinds;  // its rows are what events have in common but thread and CPU; they have no sums
  std::vector<std::uint64_t> end_ns;
  std::vector<std::uint64_t> wait_ns;
  std::vector<ThreadId> thread;
  std::vector<std::uint32_t> weight;
  std::vector<std::uint32_t> kind;  // row of `kinds`
  std::vector<std::uint16_t> cpu;

  [[nodiscard]] std::size_t size() const { return end_ns.size(); }
  [[nodiscard]] const WaitLabels& labels_of(std::size_t event) const { return kinds.labels[kind[event]]; }
  [[nodiscard]] LockId lock_of(std::size_t event) const { return kinds.run.waits.keys[kind[event]].lock; }
  [[nodiscard]] StackId stack_of(std::size_t event) const { return kinds.run.waits.keys[kind[event]].stack; }
  // Position of the first event that ends at or after this.
  [[nodiscard]] std::size_t first_at(std::uint64_t ns) const;
  [[nodiscard]] std::uint64_t bytes() const;
};

// Errors as of load_run().
Result<EventTable> load_events(const std::string& path, const Taxonomy& taxonomy, const LoadProgress& progress = {});

}  // namespace socklock::analyzer
