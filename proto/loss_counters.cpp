// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/loss_counters.h"

#include <algorithm>
#include <array>

namespace socklock::trace {
namespace {

using enum LossReason;
using enum LossSeverity;

constexpr std::array kLossTable{
    LossInfo{kEventRingFull, kDetail, "event_ring_full", "events dropped because the recorder did not keep up",
             "summaries still count them; give the recorder more CPU or record for a shorter time"},
    LossInfo{kSummaryFull, kDetail, "summary_full",
             "waits summed without their lock and stack: too many different ones in one interval", "raise --map-mb"},
    LossInfo{kStackTableFull, kDetail, "stack_table_full", "waits without a call stack: the table of stacks was full",
             "raise --map-mb"},
    LossInfo{kStackWalkFailed, kDetail, "stack_walk_failed", "waits without a call stack: the kernel could not walk it",
             ""},
    LossInfo{kSpinSlotsFull, kTotals, "spin_slots_full",
             "waits not measured: more nested spinning waits on one CPU than there are contexts", ""},
    LossInfo{kTaskSlotsFull, kTotals, "task_slots_full", "waits not measured: too many threads waiting at once",
             "raise --map-mb"},
    LossInfo{kReentered, kTotals, "reentered",
             "waits not recorded: an interrupt hit while another wait was being recorded", ""},
    LossInfo{kMissedEnd, kTotals, "missed_end", "waits not measured: their end was not seen", ""},
    LossInfo{kProgramSkipped, kTotals, "program_skipped",
             "begins or ends that the kernel did not hand to our programs (recursion)", ""},
    LossInfo{kHistogramFull, kDetail, "histogram_full", "waits missing from histograms, but in counts and sums",
             "raise --map-mb"},
    LossInfo{kAbandoned, kTotals, "abandoned", "waits whose thread went away before the end was seen", ""},
    LossInfo{kNegativeWait, kTotals, "negative_wait", "waits not recorded: the clock ran backwards between CPUs", ""},
    LossInfo{kStackCollision, kDetail, "stack_collision",
             "waits without a call stack: its hash is that of another stack", ""},
    LossInfo{kNetnsTableFull, kInfo, "netns_table_full",
             "network namespaces whose own connection tables were not learnt", ""},
    LossInfo{kUnmatchedEnd, kInfo, "unmatched_end", "ends without a begin: the wait began before the recording did",
             ""},
    LossInfo{kOwnerLockUnknown, kInfo, "owner_lock_unknown", "owner waits whose socket could not be found", ""},
    LossInfo{kStackMisfollowed, kDetail, "stack_misfollowed",
             "call stacks that were followed wrongly, as a check of every 1024th found", ""},
    LossInfo{kImportLost, kTotals, "import_lost",
             "begins, ends or waits that the imported recording lacks, or that could not be read in it", ""},
    LossInfo{kCallsSkipped, kInfo, "calls_skipped",
             "calls that may have acquired a lock and are not counted: the kernel did not hand them to our programs",
             ""},
    LossInfo{kSumsLost, kTotals, "sums_lost", "waits not recorded: an interval's tables were full", "raise --map-mb"},
    LossInfo{kOwnerStackUnread, kInfo, "owner_stack_unread",
             "sleeps that may have been waits for the owner of a socket: the kernel stack could not be read", ""},
    LossInfo{kHoldsFull, kInfo, "holds_full", "sampled holds that are not measured: too many locks were held at once",
             ""},
    LossInfo{kHoldsUnpaired, kInfo, "holds_unpaired", "sampled holds that are not measured: their end was not seen",
             ""},
    LossInfo{kRunningFull, kInfo, "running_full",
             "calls of functions that take table locks, unknown as holders: too many ran at once on one CPU", ""},
    LossInfo{kOwnSocketsFull, kDetail, "own_sockets_full",
             "connections of the filter that are not counted: it had too many at a time", ""},
    LossInfo{kNamespacesUnread, kInfo, "namespaces_unread",
             "network namespaces that ended, or were too many to read: their last work is not counted", ""},
    LossInfo{kCgroupTableFull, kInfo, "cgroup_table_full",
             "times that a waiter's cgroup could not be named: too many new ones in one interval", ""},
    LossInfo{kThreadTableFull, kInfo, "thread_table_full",
             "owners of locks that are not known: too many different threads owned what others waited for", ""},
};

}  // namespace

std::span<const LossInfo> loss_table() { return kLossTable; }

const LossInfo* find_loss(std::uint32_t id) {
  const auto* found = std::find_if(kLossTable.begin(), kLossTable.end(), [id](const LossInfo& info) {
    return static_cast<std::uint32_t>(info.reason) == id;
  });
  return found == kLossTable.end() ? nullptr : found;
}

}  // namespace socklock::trace
