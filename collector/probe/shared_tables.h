// SPDX-License-Identifier: GPL-2.0-or-later
// The tables that programs fill and user space empties, in our memory.
#pragma once

#include <cstdint>

#include "collector/bpf/wire.h"
#include "collector/kernel/mapped_array.h"

namespace socklock::collector {

// Slots in the tables, as powers of two.
struct TableSizes {
  std::uint32_t cpus;
  std::uint32_t ring_bits;     // a CPU
  std::uint32_t summary_bits;  // a CPU and half
  std::uint32_t cell_bits;     // a CPU and half
  std::uint32_t stack_bits;
  std::uint32_t task_bits;
};

// Splits the memory over the tables; never below what a busy CPU fills in a poll.
TableSizes table_sizes(std::uint32_t cpus, std::uint32_t map_bytes);

struct SharedTables {
  // Sum over all CPUs.
  [[nodiscard]] std::uint64_t counter(socklock_counter which) const;
  // Waits under way now, and those that wait for their turn to be recorded.
  [[nodiscard]] std::uint64_t open_waits() const;

  TableSizes sizes{};
  MappedArray<socklock_cpu> cpus;  // by CPU
  MappedArray<socklock_event> events;
  MappedArray<socklock_summary_slot> summary;
  MappedArray<socklock_cell> cells;
  MappedArray<socklock_stack_slot> stacks;
  MappedArray<socklock_task_slot> task_slots;
  MappedArray<socklock_thread> threads;  // owners, by the number that waits have of them
};

}  // namespace socklock::collector
