// SPDX-License-Identifier: GPL-2.0-or-later
// Every way in which something can be missing from a trace: one table from which recorder, reports
// and GUI print "what was lost". Ids are part of the trace format: never reuse one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace socklock::trace {

enum class LossSeverity {
  kInfo,    // nothing is missing from totals; worth knowing
  kDetail,  // totals are exact, but single events or their details are missing
  kTotals,  // waits are missing from totals
};

enum class LossReason : std::uint32_t {
  kEventRingFull = 1,
  kSummaryFull = 2,
  kStackTableFull = 3,
  kStackWalkFailed = 4,
  kSpinSlotsFull = 5,
  kTaskSlotsFull = 6,
  kReentered = 7,
  kMissedEnd = 8,
  kProgramSkipped = 9,
  kHistogramFull = 10,
  kAbandoned = 11,
  kNegativeWait = 12,
  kStackCollision = 13,
  kNetnsTableFull = 14,
  kUnmatchedEnd = 15,
  kOwnerLockUnknown = 16,
  kStackMisfollowed = 17,
  kImportLost = 18,
  kCallsSkipped = 19,
  kSumsLost = 20,
  kOwnerStackUnread = 21,
  kHoldsFull = 22,
  kHoldsUnpaired = 23,
  kRunningFull = 24,
  kOwnSocketsFull = 25,
  kNamespacesUnread = 26,
  kCgroupTableFull = 27,
  kThreadTableFull = 28,
};

struct LossInfo {
  LossReason reason;
  LossSeverity severity;
  std::string_view name;      // "event_ring_full": stable, for machines
  std::string_view sentence;  // for people
  std::string_view hint;      // what to do; may be empty
};

std::span<const LossInfo> loss_table();
// Nothing when the id is of a newer version.
const LossInfo* find_loss(std::uint32_t id);

}  // namespace socklock::trace
