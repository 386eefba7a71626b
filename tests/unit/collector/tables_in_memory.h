// SPDX-License-Identifier: GPL-2.0-or-later
// The tables that programs fill, in memory of ours, to be filled by a test.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/probe/shared_tables.h"

namespace socklock::collector::testing {

template <typename T>
MappedArray<T> array_in_memory(std::size_t count) {
  const int descriptor = memfd_create("table", MFD_CLOEXEC);
  const auto bytes = static_cast<off_t>(count * sizeof(T));
  EXPECT_EQ(ftruncate(descriptor, (bytes + 4095) / 4096 * 4096), 0);
  auto array = MappedArray<T>::map(descriptor, count, "table");
  close(descriptor);
  EXPECT_TRUE(array);
  return *std::move(array);
}

// As Session makes them.
inline SharedTables tables_in_memory(const TableSizes& sizes) {
  SharedTables tables;
  tables.sizes = sizes;
  tables.cpus = array_in_memory<socklock_cpu>(sizes.cpus);
  tables.events = array_in_memory<socklock_event>(std::size_t{sizes.cpus} << sizes.ring_bits);
  tables.summary = array_in_memory<socklock_summary_slot>(std::size_t{2} * sizes.cpus *
                                                          ((1U << sizes.summary_bits) + SOCKLOCK_SPILL_SLOTS));
  tables.cells = array_in_memory<socklock_cell>(std::size_t{2} * sizes.cpus << sizes.cell_bits);
  tables.stacks = array_in_memory<socklock_stack_slot>(std::size_t{1} << sizes.stack_bits);
  tables.task_slots = array_in_memory<socklock_task_slot>(std::size_t{1} << sizes.task_bits);
  return tables;
}

// Small ones.
inline SharedTables tables_in_memory(std::uint32_t cpus) { return tables_in_memory(TableSizes{cpus, 3, 4, 5, 4, 4}); }

inline socklock_event event_of(std::uint64_t lock, std::uint64_t end_ns, std::uint64_t wait_ns) {
  socklock_event event{};
  event.key.lock = lock;
  event.key.flags = 1;
  event.end_ns = end_ns;
  event.wait_ns = wait_ns;
  event.tid = 11;
  event.pid = 10;
  event.comm[0] = 'x';
  return event;
}

}  // namespace socklock::collector::testing
