// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/accounting.h"

#include <algorithm>
#include <utility>

#include "proto/loss_counters.h"
#include "proto/work_counters.h"

namespace socklock::collector {
namespace {

using trace::LossReason;
using trace::WorkCounter;

struct LossRow {
  socklock_counter counter;
  LossReason reason;
};

constexpr std::array kLosses{
    LossRow{SOCKLOCK_EVENT_RING_FULL, LossReason::kEventRingFull},
    LossRow{SOCKLOCK_SUMMARY_FULL, LossReason::kSummaryFull},
    LossRow{SOCKLOCK_STACK_TABLE_FULL, LossReason::kStackTableFull},
    LossRow{SOCKLOCK_STACK_WALK_FAILED, LossReason::kStackWalkFailed},
    LossRow{SOCKLOCK_STACK_COLLISION, LossReason::kStackCollision},
    LossRow{SOCKLOCK_STACK_MISFOLLOWED, LossReason::kStackMisfollowed},
    LossRow{SOCKLOCK_SPIN_SLOTS_FULL, LossReason::kSpinSlotsFull},
    LossRow{SOCKLOCK_TASK_SLOTS_FULL, LossReason::kTaskSlotsFull},
    LossRow{SOCKLOCK_REENTERED, LossReason::kReentered},
    LossRow{SOCKLOCK_MISSED_END, LossReason::kMissedEnd},
    LossRow{SOCKLOCK_HISTOGRAM_FULL, LossReason::kHistogramFull},
    LossRow{SOCKLOCK_NEGATIVE_WAIT, LossReason::kNegativeWait},
    LossRow{SOCKLOCK_NETNS_TABLE_FULL, LossReason::kNetnsTableFull},
    LossRow{SOCKLOCK_UNMATCHED_ENDS, LossReason::kUnmatchedEnd},
    LossRow{SOCKLOCK_OWN_SOCKETS_FULL, LossReason::kOwnSocketsFull},
    LossRow{SOCKLOCK_CGROUP_TABLE_FULL, LossReason::kCgroupTableFull},
    LossRow{SOCKLOCK_THREAD_TABLE_FULL, LossReason::kThreadTableFull},
    LossRow{SOCKLOCK_OWNER_LOCK_UNKNOWN, LossReason::kOwnerLockUnknown},
    LossRow{SOCKLOCK_OWNER_STACK_UNREAD, LossReason::kOwnerStackUnread},
    LossRow{SOCKLOCK_SUMS_LOST, LossReason::kSumsLost},
    LossRow{SOCKLOCK_HOLDS_FULL, LossReason::kHoldsFull},
    LossRow{SOCKLOCK_HOLDS_UNPAIRED, LossReason::kHoldsUnpaired},
    LossRow{SOCKLOCK_RUNNING_FULL, LossReason::kRunningFull},
};

struct WorkRow {
  socklock_counter counter;
  WorkCounter work;
};

constexpr std::array kWork{
    WorkRow{SOCKLOCK_WORK_CONNECTIONS_ACTIVE, WorkCounter::kConnectionsActive},
    WorkRow{SOCKLOCK_WORK_CONNECTIONS_PASSIVE, WorkCounter::kConnectionsPassive},
    WorkRow{SOCKLOCK_WORK_CONNECTIONS_CLOSED, WorkCounter::kConnectionsClosed},
    WorkRow{SOCKLOCK_WORK_ELSEWHERE_ACTIVE, WorkCounter::kElsewhereActive},
    WorkRow{SOCKLOCK_WORK_ELSEWHERE_PASSIVE, WorkCounter::kElsewherePassive},
    WorkRow{SOCKLOCK_WORK_SEND_OPERATIONS, WorkCounter::kSendOperations},
    WorkRow{SOCKLOCK_WORK_SEND_BYTES, WorkCounter::kSendBytes},
    WorkRow{SOCKLOCK_WORK_RECEIVE_OPERATIONS, WorkCounter::kReceiveOperations},
    WorkRow{SOCKLOCK_WORK_RECEIVE_BYTES, WorkCounter::kReceiveBytes},
};

void add(google::protobuf::RepeatedPtrField<trace::v1::Counter>* counters, std::uint32_t id, std::uint64_t value) {
  if (value == 0) return;
  auto* counter = counters->Add();
  counter->set_id(id);
  counter->set_value(value);
}

std::uint64_t missed_begins(const std::vector<trace::v1::Probe>& probes) {
  std::uint64_t sum = 0;
  for (const auto& probe : probes)
    if (probe.name() == "contention_begin" || probe.name() == "sched_switch") sum += probe.recursion_misses();
  return sum;
}

std::uint64_t run_time_ns(const std::vector<trace::v1::Probe>& probes) {
  std::uint64_t sum = 0;
  for (const auto& probe : probes) sum += probe.run_time_ns();
  return sum;
}

}  // namespace

void Accounting::begin_trace(Session& session) {
  for (std::size_t counter = 0; counter < seen_.size(); ++counter)
    seen_[counter] = session.counter(static_cast<socklock_counter>(counter));
  const auto probes = session.probes();
  skipped_ = skipped_begins(session);
  bpf_run_time_ns_ = run_time_ns(probes);
  lost_ = 0;
}

void Accounting::fill(Session& session, bool final, trace::v1::Interval& interval) {
  fill_losses(session, interval);
  fill_programs(session, interval);
  interval.set_bpf_timed_ns(change(session, SOCKLOCK_TIMED_NS));
  interval.set_events_left_out(change(session, SOCKLOCK_EVENTS_LEFT_OUT));
  fill_pairing(session, final, interval);
  for (const auto& loss : interval.losses()) {
    const auto* info = trace::find_loss(loss.id());
    if (info && info->severity == trace::LossSeverity::kTotals) lost_ += loss.value();
  }
}

std::uint64_t Accounting::change(Session& session, socklock_counter which) {
  const std::uint64_t now = session.counter(which);
  return now - std::exchange(seen_[which], now);
}

void Accounting::fill_work(Session& session, trace::v1::Interval& interval) {
  for (const auto& row : kWork)
    add(interval.mutable_work(), static_cast<std::uint32_t>(row.work), change(session, row.counter));
}

void Accounting::fill_losses(Session& session, trace::v1::Interval& interval) {
  for (const auto& row : kLosses)
    add(interval.mutable_losses(), static_cast<std::uint32_t>(row.reason), change(session, row.counter));
  add(interval.mutable_losses(), static_cast<std::uint32_t>(LossReason::kAbandoned), session.sweep_abandoned());
}

// The two numbers can't be read at one moment, so they are read until nothing was missed meanwhile.
std::uint64_t Accounting::skipped_begins(const Session& session) {
  constexpr int kTries = 10;
  std::uint64_t missed = missed_begins(session.probes()), taken_over = 0;
  for (int i = 0; i < kTries; ++i) {
    taken_over = session.counter(SOCKLOCK_NESTED_BEGINS);
    const std::uint64_t again = missed_begins(session.probes());
    if (again == missed) break;
    missed = again;
  }
  return missed > taken_over ? missed - taken_over : 0;
}

// A skipped end leaves its slot taken and is counted as missed there; a skipped begin leaves no trace
// but the kernel's own count, less those that the fallback program took over.
void Accounting::fill_programs(Session& session, trace::v1::Interval& interval) {
  const auto probes = session.probes();
  const std::uint64_t run_time = run_time_ns(probes);
  interval.set_bpf_run_time_ns(run_time - std::exchange(bpf_run_time_ns_, run_time));
  const std::uint64_t skipped = std::max(skipped_, skipped_begins(session));
  add(interval.mutable_losses(), static_cast<std::uint32_t>(LossReason::kProgramSkipped), skipped - skipped_);
  skipped_ = skipped;
}

void Accounting::fill_pairing(Session& session, bool final, trace::v1::Interval& interval) {
  auto& pairing = *interval.mutable_pairing();
  pairing.set_begins(change(session, SOCKLOCK_BEGINS) + change(session, SOCKLOCK_OWNER_BEGINS));
  pairing.set_ends(change(session, SOCKLOCK_ENDS));
  pairing.set_matched(change(session, SOCKLOCK_MATCHED));
  pairing.set_doubled_begins(change(session, SOCKLOCK_DOUBLED_BEGINS));
  pairing.set_self(change(session, SOCKLOCK_SELF));
  pairing.set_filtered(change(session, SOCKLOCK_FILTERED));
  pairing.set_unmatched_ends(change(session, SOCKLOCK_LEFT_OUT_ENDS));
  if (final) pairing.set_open(static_cast<std::int64_t>(session.open_waits()));
}

}  // namespace socklock::collector
