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
  bool is_operations = false;
  bool is_opened = false;
};

struct KernelWorkRow {
  socklock_mib mib;
  WorkCounter work;
};

constexpr std::array kKernelWork{
    KernelWorkRow{SOCKLOCK_SEGMENTS_IN, WorkCounter::kSegmentsReceived},
    KernelWorkRow{SOCKLOCK_SEGMENTS_OUT, WorkCounter::kSegmentsSent},
    KernelWorkRow{SOCKLOCK_DATAGRAMS_IN, WorkCounter::kDatagramsReceived},
    KernelWorkRow{SOCKLOCK_DATAGRAMS_OUT, WorkCounter::kDatagramsSent},
};

constexpr std::array kWork{
    WorkRow{SOCKLOCK_WORK_CONNECTIONS_ACTIVE, WorkCounter::kConnectionsActive, false, true},
    WorkRow{SOCKLOCK_WORK_CONNECTIONS_PASSIVE, WorkCounter::kConnectionsPassive},
    WorkRow{SOCKLOCK_WORK_CONNECTIONS_CLOSED, WorkCounter::kConnectionsClosed},
    WorkRow{SOCKLOCK_WORK_ELSEWHERE_ACTIVE, WorkCounter::kElsewhereActive, false, true},
    WorkRow{SOCKLOCK_WORK_ELSEWHERE_PASSIVE, WorkCounter::kElsewherePassive},
    WorkRow{SOCKLOCK_WORK_SEND_OPERATIONS, WorkCounter::kSendOperations, true},
    WorkRow{SOCKLOCK_WORK_SEND_BYTES, WorkCounter::kSendBytes, true},
    WorkRow{SOCKLOCK_WORK_RECEIVE_OPERATIONS, WorkCounter::kReceiveOperations, true},
    WorkRow{SOCKLOCK_WORK_RECEIVE_BYTES, WorkCounter::kReceiveBytes, true},
};

void add(google::protobuf::RepeatedPtrField<trace::v1::Counter>* counters, std::uint32_t id, std::uint64_t value) {
  if (value == 0) return;
  auto* counter = counters->Add();
  counter->set_id(id);
  counter->set_value(value);
}

ProgramTimes times_of(const Session& session, const Namespaces* namespaces) {
  auto programs = session.runs();
  if (namespaces)
    if (const auto runs = namespaces->runs()) programs.push_back(*runs);
  ProgramTimes times;
  for (const auto& program : programs) {
    const bool is_switch = program.name == "sched_switch";
    times.all_ns += program.time_ns;
    if (is_switch)
      times.switches_ns += program.time_ns;
    else if (!program.name.ends_with("_begin") && !program.name.ends_with("_end"))
      times.work_ns += program.time_ns;
    if (is_switch || program.name == "contention_begin") times.missed_begins += program.missed;
  }
  return times;
}

// What the kernel spends to run a program that returns at once, which programs can't time themselves: an estimate.
constexpr std::uint64_t kEmptyRunNs = 20;

}  // namespace

void Accounting::begin_trace(Session& session, Namespaces* namespaces) {
  for (std::size_t counter = 0; counter < seen_.size(); ++counter)
    seen_[counter] = session.counter(static_cast<socklock_counter>(counter));
  counted_ = {};
  opened_ = {};
  told_ = closed_ = accepted_here_ = 0;
  if (namespaces) {
    namespaces->begin();
    unread_ = namespaces->left_out();
  }
  run_times_ = times_of(session, namespaces);
  lost_ = 0;
}

void Accounting::fill(Session& session, const Namespaces* namespaces, bool final, std::uint64_t switches,
                      trace::v1::Interval& interval) {
  fill_losses(session, namespaces, final, interval);
  fill_programs(session, namespaces, switches, interval);
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

void Accounting::fill_work(Session& session, const NamespaceTotals* totals, const OpenedConnections* opened,
                           trace::v1::Interval& interval) {
  for (const auto& row : kWork) {
    const std::uint64_t done = change(session, row.counter);
    if (row.is_opened && opened) continue;
    if (!row.is_operations || !interval.operations_stopped())
      add(interval.mutable_work(), static_cast<std::uint32_t>(row.work), done);
  }
  if (opened) fill_opened(*opened, interval);
  if (totals) fill_kernel_work(*totals, interval);
}

void Accounting::fill_opened(const OpenedConnections& opened, trace::v1::Interval& interval) {
  const ConnectionCounts now = opened.opened();
  const ConnectionCounts before = std::exchange(opened_, now);
  const auto add_work = [&](WorkCounter counter, std::uint64_t done) {
    add(interval.mutable_work(), static_cast<std::uint32_t>(counter), done);
  };
  add_work(WorkCounter::kConnectionsActive, now.all - before.all);
  add_work(WorkCounter::kElsewhereActive, now.elsewhere - before.elsewhere);
  add_work(WorkCounter::kToldActive, opened.told() - std::exchange(told_, opened.told()));
}

void Accounting::fill_kernel_work(const NamespaceTotals& totals, trace::v1::Interval& interval) {
  auto* const work = interval.mutable_work();
  const auto add_work = [&](WorkCounter counter, std::uint64_t done) {
    add(work, static_cast<std::uint32_t>(counter), done);
  };
  const std::uint64_t accepted = totals.all()[SOCKLOCK_PASSIVE_OPENS] - counted_[SOCKLOCK_PASSIVE_OPENS];
  const std::uint64_t accepted_here = totals.own()[SOCKLOCK_PASSIVE_OPENS] - accepted_here_;
  accepted_here_ += accepted_here;
  const std::uint64_t closed = connections_closed(totals.all(), opened_.all, closed_);
  add_work(WorkCounter::kConnectionsPassive, accepted);
  add_work(WorkCounter::kElsewherePassive, accepted - std::min(accepted, accepted_here));
  add_work(WorkCounter::kConnectionsClosed, closed - std::exchange(closed_, closed));
  for (const auto& row : kKernelWork) add_work(row.work, totals.all()[row.mib] - counted_[row.mib]);
  counted_ = totals.all();
}

void Accounting::fill_losses(Session& session, const Namespaces* namespaces, bool final,
                             trace::v1::Interval& interval) {
  if (namespaces)
    add(interval.mutable_losses(), static_cast<std::uint32_t>(LossReason::kNamespacesUnread),
        namespaces->left_out() - std::exchange(unread_, namespaces->left_out()));
  for (const auto& row : kLosses)
    add(interval.mutable_losses(), static_cast<std::uint32_t>(row.reason), change(session, row.counter));
  // Looks at every slot there is, so not each time.
  constexpr std::uint32_t kIntervalsPerSweep = 8;
  if (final || ++intervals_ % kIntervalsPerSweep == 0)
    add(interval.mutable_losses(), static_cast<std::uint32_t>(LossReason::kAbandoned), session.sweep_abandoned());
}

// A skipped end leaves its slot taken and is counted as missed there; a skipped begin leaves no trace
// but the kernel's own count, and an end without a begin.
void Accounting::fill_programs(Session& session, const Namespaces* namespaces, std::uint64_t switches,
                               trace::v1::Interval& interval) {
  const ProgramTimes now = times_of(session, namespaces);
  const ProgramTimes before = std::exchange(run_times_, now);
  const std::uint64_t work_timed_ns = change(session, SOCKLOCK_WORK_TIMED_NS);
  const std::uint64_t switches_timed_ns = change(session, SOCKLOCK_SWITCHES_TIMED_NS) + switches * kEmptyRunNs;
  const bool is_measured = now.all_ns > before.all_ns;
  interval.set_bpf_run_time_ns(now.all_ns - before.all_ns);
  interval.set_bpf_work_ns(is_measured ? now.work_ns - before.work_ns : work_timed_ns);
  interval.set_bpf_switches_ns(is_measured ? now.switches_ns - before.switches_ns : switches_timed_ns);
  add(interval.mutable_losses(), static_cast<std::uint32_t>(LossReason::kProgramSkipped),
      now.missed_begins - before.missed_begins);
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
