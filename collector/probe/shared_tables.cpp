// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/shared_tables.h"

namespace socklock::collector {
namespace {

// Largest power of two, as bits, of elements that fit; within [low, high].
std::uint32_t bits_that_fit(std::uint64_t bytes, std::uint64_t element_bytes, std::uint32_t low, std::uint32_t high) {
  std::uint32_t bits = low;
  while (bits < high && (element_bytes << (bits + 1)) <= bytes) ++bits;
  return bits;
}

}  // namespace

TableSizes table_sizes(std::uint32_t cpus, std::uint32_t map_bytes) {
  const std::uint64_t share = map_bytes / 4;
  TableSizes sizes{};
  sizes.cpus = cpus;
  sizes.ring_bits = bits_that_fit(share, std::uint64_t{cpus} * sizeof(socklock_event), 8, 14);
  sizes.summary_bits = bits_that_fit(share, std::uint64_t{cpus} * 2 * sizeof(socklock_summary_slot), 7, 13);
  sizes.cell_bits = sizes.summary_bits + 1;
  sizes.stack_bits = bits_that_fit(share, sizeof(socklock_stack_slot), 10, 13);
  sizes.task_bits = bits_that_fit(share, sizeof(socklock_task_slot), 10, 15);
  return sizes;
}

std::uint64_t SharedTables::counter(socklock_counter which) const {
  std::uint64_t sum = 0;
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    sum += __atomic_load_n(&cpus[cpu].counters[which], __ATOMIC_RELAXED);
  return sum;
}

std::uint64_t SharedTables::open_waits() const {
  std::uint64_t open = 0;
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    for (const auto& slot : cpus[cpu].spin) open += slot.key.lock != 0 ? 1U : 0U;
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    for (const auto& pending : cpus[cpu].pending) open += pending.state != 0 ? 1U : 0U;
  for (std::size_t i = 0; i < task_slots.size(); ++i) open += task_slots[i].task != 0 ? 1U : 0U;
  return open;
}

}  // namespace socklock::collector
