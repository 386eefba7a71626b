// SPDX-License-Identifier: GPL-2.0-or-later
// The exact sums of an interval: per-CPU sections of one half of the kernel's tables, merged.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "collector/probe/session.h"

namespace socklock::collector {

// One key's sums over all CPUs. Lock and stack are still the kernel's: address and slot.
struct RollupRow {
  socklock_summary_slot sums;
  std::map<std::uint32_t, std::uint32_t> cells;  // wait bucket -> count
};

// Reads half `half`, which no program writes any more, and empties it for its next turn.
std::vector<RollupRow> roll_up(Session& session, std::uint32_t half);

}  // namespace socklock::collector
