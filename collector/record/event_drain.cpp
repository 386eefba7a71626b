// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/event_drain.h"

namespace socklock::collector {

void drain_rings(SharedTables& tables, std::vector<socklock_event>& events) {
  const std::size_t ring_size = std::size_t{1} << tables.sizes.ring_bits;
  for (std::size_t cpu = 0; cpu < tables.sizes.cpus; ++cpu) {
    auto& state = tables.cpus[cpu];
    const std::uint64_t head = __atomic_load_n(&state.ring_head, __ATOMIC_ACQUIRE);
    std::uint64_t tail = state.ring_tail;
    const auto ring = tables.events.part(cpu * ring_size, ring_size);
    for (; tail != head; ++tail) events.push_back(ring[tail & (ring_size - 1)]);
    // Only now may the CPU overwrite what was read.
    __atomic_store_n(&state.ring_tail, tail, __ATOMIC_RELEASE);
  }
}

}  // namespace socklock::collector
