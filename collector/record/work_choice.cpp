// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/work_choice.h"

namespace socklock::collector {
namespace {

// At 50 to 100 ns each, a thousandth of one CPU at most.
constexpr double kFewOperationsPerSecond = 10000;
// A segment may hold what several operations sent.
constexpr std::uint64_t kOperationsPerPacket = 8;

}  // namespace

std::uint64_t packets_of(const NamespaceTotals::Counts& counts) {
  return counts[SOCKLOCK_SEGMENTS_IN] + counts[SOCKLOCK_SEGMENTS_OUT] + counts[SOCKLOCK_DATAGRAMS_IN] +
         counts[SOCKLOCK_DATAGRAMS_OUT];
}

bool are_many_operations(const WorkSoFar& before, const WorkSoFar& now) {
  const double seconds = static_cast<double>(now.at_ns - before.at_ns) / 1e9;
  return static_cast<double>(now.operations - before.operations) > kFewOperationsPerSecond * seconds;
}

bool is_told_by_kernel(const WorkSoFar& before, const WorkSoFar& now) {
  if (!before.packets || !now.packets || !are_many_operations(before, now)) return false;
  return (*now.packets - *before.packets) * kOperationsPerPacket >= now.operations - before.operations;
}

}  // namespace socklock::collector
