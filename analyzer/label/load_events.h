// SPDX-License-Identifier: GPL-2.0-or-later
// The single waits of one recording, as columns of 22 bytes a wait (26 of a sample), for timelines and lists.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/label/event_columns.h"
#include "analyzer/label/labels.h"
#include "analyzer/load/dictionaries.h"
#include "analyzer/load/load_run.h"

namespace socklock::analyzer {

struct LabelledRun;
struct WaitKey;

// In order of their end. A wait that was sampled stands for `weight` waits; those that were lost are missing.
struct EventTable {
  // Its rows are what events have in common but thread and CPU; they have no sums.
  std::shared_ptr<const LabelledRun> kinds;
  std::vector<std::uint64_t> end_ns;
  WaitColumn wait_ns;
  std::vector<ThreadId> thread;
  WeightColumn weight;
  std::vector<std::uint32_t> kind;  // row of `kinds`
  std::vector<std::uint16_t> cpu;

  [[nodiscard]] std::size_t size() const { return end_ns.size(); }
  [[nodiscard]] const WaitLabels& labels_of(std::size_t event) const;
  [[nodiscard]] const std::vector<WaitLabels>& labels_of_kinds() const;
  [[nodiscard]] const WaitKey& key_of_kind(std::size_t number) const;
  [[nodiscard]] LockId lock_of(std::size_t event) const;
  [[nodiscard]] StackId stack_of(std::size_t event) const;
  [[nodiscard]] const Dictionaries& dictionaries() const;
  // Position of the first event that ends at or after this.
  [[nodiscard]] std::size_t first_at(std::uint64_t ns) const;
  [[nodiscard]] std::uint64_t bytes() const;
};

// Of the options progress and budget count. Errors as of load_run().
Result<EventTable> load_events(const std::string& path, const Taxonomy& taxonomy, const LoadOptions& options = {});

}  // namespace socklock::analyzer
