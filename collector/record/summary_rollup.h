// SPDX-License-Identifier: GPL-2.0-or-later
// The exact sums of an interval: of its events, and of the waits without one, which the kernel's tables have.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collector/probe/shared_tables.h"

namespace socklock::collector {

// One key's sums over all CPUs. Lock and stack are still the kernel's: address and slot.
struct RollupRow {
  struct Cell {
    std::uint32_t bucket;
    std::uint32_t count;
  };
  socklock_summary_slot sums;
  std::vector<Cell> cells;  // of wait buckets, in their order
};

// Reads half `half`, which no program writes any more, and empties it for its next turn. `events` are all of it.
std::vector<RollupRow> roll_up(SharedTables& tables, std::uint32_t half, std::span<const socklock_event> events);

}  // namespace socklock::collector
