// SPDX-License-Identifier: GPL-2.0-or-later
// Takes finished waits out of the per-CPU rings before they fill.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "collector/probe/shared_tables.h"

namespace socklock::collector {

// Appends what every CPU's ring holds to `events` and frees the room; how many the fullest held.
std::size_t drain_rings(SharedTables& tables, std::vector<socklock_event>& events);

// How long rings may be left alone, in ns, whose fullest took `events` in `elapsed_ns`: until that one has a 32nd of
// its room taken, so that waits may become as many times as many and none is lost. Each look costs the host a wake-up.
std::uint64_t rest_of_rings(std::uint64_t elapsed_ns, std::size_t events, std::uint32_t ring_bits);

}  // namespace socklock::collector
