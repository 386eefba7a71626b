// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/event_drain.h"

#include <algorithm>

namespace socklock::collector {
namespace {

constexpr std::uint64_t kShortestNs = 50'000'000;
constexpr std::uint64_t kLongestNs = 250'000'000;
// Shorter ones are filled by a burst before it is seen.
constexpr std::uint32_t kLongRingBits = 13;
// A load that begins, and a recorder that has to wait for a CPU or writes an interval meanwhile.
constexpr double kBursts = 32;

}  // namespace

std::uint64_t rest_of_rings(std::uint64_t elapsed_ns, std::size_t events, std::uint32_t ring_bits) {
  if (ring_bits < kLongRingBits) return kShortestNs;
  const double few = static_cast<double>(std::size_t{1} << ring_bits) / kBursts;
  const double rest_ns = static_cast<double>(elapsed_ns) * few / static_cast<double>(std::max<std::size_t>(events, 1));
  return static_cast<std::uint64_t>(
      std::clamp(rest_ns, static_cast<double>(kShortestNs), static_cast<double>(kLongestNs)));
}

std::size_t drain_rings(SharedTables& tables, std::vector<socklock_event>& events) {
  std::size_t most = 0;
  const std::size_t ring_size = std::size_t{1} << tables.sizes.ring_bits;
  for (std::size_t cpu = 0; cpu < tables.sizes.cpus; ++cpu) {
    auto& state = tables.cpus[cpu];
    const std::uint64_t head = __atomic_load_n(&state.ring_head, __ATOMIC_ACQUIRE);
    const auto count = static_cast<std::size_t>(head - state.ring_tail);
    if (count == 0) continue;
    most = std::max(most, count);
    const auto ring = tables.events.part(cpu * ring_size, ring_size);
    // Up to the ring's end, and on from its begin.
    const std::size_t first = state.ring_tail & (ring_size - 1);
    const std::size_t before_end = std::min(count, ring_size - first);
    const auto upper = ring.subspan(first, before_end), lower = ring.first(count - before_end);
    events.insert(events.end(), upper.begin(), upper.end());
    events.insert(events.end(), lower.begin(), lower.end());
    // Only now may the CPU overwrite what was read.
    __atomic_store_n(&state.ring_tail, head, __ATOMIC_RELEASE);
  }
  return most;
}

}  // namespace socklock::collector
