// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/recording.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iterator>
#include <utility>

#include "base/units.h"
#include "collector/process/command.h"
#include "collector/process/priority.h"
#include "collector/process/privileges.h"
#include "collector/record/event_drain.h"
#include "collector/record/header.h"

namespace socklock::collector {

using trace::v1::Interval;
using trace::v1::Probe;

namespace {

// At first, and while it is not decided yet whether programs go on to run at every operation.
constexpr std::uint64_t kSoonNs = 50'000'000;
// Memory that is touched when there are so many, in place of growing by and by.
constexpr std::size_t kReservedEvents = std::size_t{1} << 14;
// An interval of so many is written early: with what writing them takes they are some 7 MB.
constexpr std::size_t kManyEvents = 24'000;

// Of all programs: the kernel's own measure where it is asked for one, else that of our programs.
std::uint64_t bpf_ns(const Interval& interval) {
  return interval.bpf_run_time_ns() != 0
             ? interval.bpf_run_time_ns()
             : interval.bpf_timed_ns() + interval.bpf_work_ns() + interval.bpf_switches_ns();
}

std::vector<Probe> all_probes(const Session& session, const Namespaces* namespaces, const Level2& level2) {
  std::vector<Probe> probes = session.probes();
  if (namespaces) probes.push_back(namespaces->probe());
  for (auto& probe : level2.probes()) probes.push_back(std::move(probe));
  return probes;
}

// What programs did since `before` of the same probes: the self-test and earlier traces are no part of a trace.
std::vector<Probe> since(std::vector<Probe> probes, const std::vector<Probe>& before) {
  for (std::size_t i = 0; i < probes.size(); ++i) {
    probes[i].set_run_count(probes[i].run_count() - before[i].run_count());
    probes[i].set_run_time_ns(probes[i].run_time_ns() - before[i].run_time_ns());
    probes[i].set_recursion_misses(probes[i].recursion_misses() - before[i].recursion_misses());
  }
  return probes;
}

std::uint64_t attempts_in(const NamespaceTotals::Counts& counts) {
  return counts[SOCKLOCK_ACTIVE_OPENS] - counts[SOCKLOCK_ATTEMPT_FAILS];
}

OpenedConnections::Reading opened_reading(const Session& session, const NamespaceTotals& totals) {
  const std::uint64_t attempts = attempts_in(totals.all());
  return {clock_ns(CLOCK_MONOTONIC),
          {session.counter(SOCKLOCK_WORK_CONNECTIONS_ACTIVE), session.counter(SOCKLOCK_WORK_ELSEWHERE_ACTIVE)},
          {attempts, attempts - attempts_in(totals.own())}};
}

// Where both counts are compared they are of one moment: the program counted nothing meanwhile. A recorder that loses
// its CPU in between reads once more; not often, since each reading walks all namespaces.
OpenedConnections::Reading read_opened(const Session& session, Namespaces& namespaces, bool are_compared) {
  const int most_tries = are_compared ? 5 : 1;
  OpenedConnections::Reading reading;
  for (int i = 0; i < most_tries; ++i) {
    const std::uint64_t before = session.counter(SOCKLOCK_WORK_CONNECTIONS_ACTIVE);
    reading = opened_reading(session, namespaces.read());
    if (reading.counted.all == before) break;
  }
  return reading;
}

Redacted redacted_by(const RecordOptions& options) {
  if (options.redact) return Redacted::kAll;
  return is_run_by_root() ? Redacted::kNothing : Redacted::kAddresses;
}

}  // namespace

std::uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

Recording::Recording(const RecordOptions& options, Equipment& equipment, Output output,
                     std::optional<ChildProcess> command, Callbacks callbacks)
    : options_(options),
      output_(std::move(output)),
      session_(equipment.session),
      level2_(equipment.level2),
      namespaces_(equipment.namespaces ? &*equipment.namespaces : nullptr),
      stacks_(equipment.symbols),
      locks_(equipment.lock_facts()),
      accounting_(equipment.accounting),
      cgroups_(equipment.cgroups),
      command_(std::move(command)),
      target_(equipment.target),
      header_(make_header(options, equipment, command_, locks_)),
      callbacks_(std::move(callbacks)),
      redaction_(redacted_by(options)),
      progress_(options.quiet),
      governor_(stacks_named(options.stacks), options.max_overhead_percent, header_.host().cpus_online()) {
  events_.reserve(kReservedEvents);
}

Result<void> Recording::begin(SignalWatch& signals) {
  auto begun = start_recording();
  if (const int number = signals.pending(); begun && command_ && number != 0)
    begun = fail({"ended before anything was recorded", "", "", static_cast<ExitCode>(128 + number)});
  if (begun && command_) begun = start_command(*command_, options_);
  return begun ? output_.publish() : begun;
}

Result<void> Recording::start_recording() {
  const HighPriority priority;  // ends before a command is executed, which was forked without
  probes_before_ = all_probes(session_, namespaces_, level2_);
  describe_probes(probes_before_);
  accounting_.begin_trace(session_, namespaces_);
  if (namespaces_) {
    // It may rest since the trace before.
    const bool is_counted = session_.count_opened(true);
    opened_.begin(opened_reading(session_, {}), is_counted && options_.work == "auto");
  }
  counters_ = host_.read();
  recorder_cpu_ns_ = own_cpu_ns();
  stacks_walked_ = session_.counter(SOCKLOCK_STACKS_WALKED);
  session_.set_phase(SOCKLOCK_RUNNING);
  level2_.set_phase(SOCKLOCK_RUNNING);
  // The trace's time begins when programs do.
  start_ns_ = clock_ns(CLOCK_MONOTONIC);
  header_.set_monotonic_start_ns(start_ns_);
  header_.set_wall_start_ns(clock_ns(CLOCK_REALTIME));
  sink_.emplace(output_.writer, session_, Facts{locks_, stacks_, cgroups_}, redaction_, start_ns_);
  return output_.writer.write(redaction_.applied(header_));
}

Result<RecordingResult> Recording::run(SignalWatch& signals) {
  SOCKLOCK_TRY(loop(signals));
  return finish();
}

// With all that it started: what is recorded next, or compared with this, is not to share the host with it.
void Recording::end_command() {
  if (command_ && !command_->poll()) command_->end(result_.ended_by_signal != 0 ? result_.ended_by_signal : SIGTERM);
}

// Writing an interval costs about the same whatever is in it: what lasts longer is told in larger ones.
std::uint64_t Recording::interval_ns_at(std::uint64_t now) const {
  if (options_.interval_ns != 0) return options_.interval_ns;
  return now - start_ns_ < kFirstIntervalsNs ? kFirstIntervalNs : kLaterIntervalNs;
}

// Who says how long intervals are gets them, whatever memory they take.
bool Recording::is_large() const { return options_.interval_ns == 0 && events_.size() >= kManyEvents; }

Result<void> Recording::loop(SignalWatch& signals) {
  const auto duration_ns = static_cast<std::uint64_t>(options_.duration_seconds * static_cast<double>(kNsPerSecond));
  const std::uint64_t deadline_ns = duration_ns == 0 ? UINT64_MAX : start_ns_ + duration_ns;
  std::uint64_t flush_ns = start_ns_ + interval_ns_at(start_ns_);
  std::uint64_t poll_ns = kSoonNs, polled_ns = start_ns_;
  for (std::uint64_t now = start_ns_;;) {
    const std::uint64_t wake_ns = std::min({now + poll_ns, deadline_ns, flush_ns});
    const int number = signals.take_within(wake_ns > now ? wake_ns - now : 0, target_ ? target_->descriptor() : -1);
    if (number != 0) result_.ended_by_signal = number;
    now = clock_ns(CLOCK_MONOTONIC);
    callbacks_.alive(now);
    if (number != 0 || now >= deadline_ns || has_ended()) return {};
    const std::size_t most = drain_rings(session_, events_);
    poll_ns = rest_of_rings(now - std::exchange(polled_ns, now), most, session_.sizes.ring_bits);
    poll_ns = std::min({poll_ns, choose_work(), watch_opened(now)});
    if (now < flush_ns && !is_large()) continue;
    const std::uint32_t half = session_.switch_half();
    auto interval = close_interval();
    session_.wait_for_programs();
    SOCKLOCK_TRY(write_interval(std::move(interval), half, false));
    if (long_enough_) return {};
    flush_ns = std::max(std::min(flush_ns, now) + interval_ns_at(now), now);
    now = clock_ns(CLOCK_MONOTONIC);
  }
}

bool Recording::has_ended() { return (command_ && command_->poll()) || (target_ && target_->has_ended()); }

// Ends counting operations one by one where that costs something and the kernel's counters say as much.
std::uint64_t Recording::choose_work() {
  if (options_.work != "auto" || !namespaces_ || !session_.counts_operations()) return UINT64_MAX;
  const WorkSoFar before = work_so_far_;
  WorkSoFar now{clock_ns(CLOCK_MONOTONIC),
                session_.counter(SOCKLOCK_WORK_SEND_OPERATIONS) + session_.counter(SOCKLOCK_WORK_RECEIVE_OPERATIONS),
                std::nullopt};
  if (are_many_operations(before, now)) now.packets = packets_of(namespaces_->read().all());
  if (is_told_by_kernel(before, now)) session_.stop_counting_operations();
  work_so_far_ = now;
  // As long as there are few of these, rings are looked at often enough.
  return session_.counts_operations() && now.packets ? kSoonNs : UINT64_MAX;
}

// Has the program that counts connections opened rest where the kernel's counters tell them.
std::uint64_t Recording::watch_opened(std::uint64_t now_ns) {
  if (!namespaces_) return UINT64_MAX;
  if (opened_.wants_reading(now_ns, session_.counter(SOCKLOCK_WORK_CONNECTIONS_ACTIVE))) take_opened();
  return opened_.rest_ns(clock_ns(CLOCK_MONOTONIC));
}

void Recording::take_opened() {
  opened_.take(read_opened(session_, *namespaces_, opened_.may_rest()));
  if (!opened_.may_rest() || opened_.needs_program() == session_.counts_opened()) return;
  if (!session_.count_opened(opened_.needs_program())) return opened_.lose_program();
  if (opened_.needs_program()) opened_.take(read_opened(session_, *namespaces_, true));
}

// After the swap, which left half `half`: what is left of the interval's events, and apart those that ended after it.
// Both as they were in their rings, which is quicker to sort.
void Recording::drain_last(std::uint32_t half) {
  // What was drained before the swap is all of the interval.
  const auto drained_before = static_cast<std::ptrdiff_t>(events_.size());
  drain_rings(session_, events_);
  const auto is_next = [half](const socklock_event& event) { return event.half != half; };
  next_events_.clear();
  std::copy_if(events_.begin() + drained_before, events_.end(), std::back_inserter(next_events_), is_next);
  events_.erase(std::remove_if(events_.begin() + drained_before, events_.end(), is_next), events_.end());
}

// What was done until now. Waits are asked for when the programs that write them have returned.
Interval Recording::close_interval() {
  Interval interval;
  interval.set_begin_ns(interval_begin_ns_);
  interval_begin_ns_ = clock_ns(CLOCK_MONOTONIC) - start_ns_;
  interval.set_end_ns(interval_begin_ns_);
  interval.set_operations_stopped(session_.stopped_operations());
  if (namespaces_) take_opened();
  accounting_.fill_work(session_, namespaces_ ? &namespaces_->totals() : nullptr, namespaces_ ? &opened_ : nullptr,
                        interval);
  auto counters = host_.read();
  add_host_counters(counters_, counters, interval);
  switches_ = counters.switches - counters_.switches;
  counters_ = std::move(counters);
  return interval;
}

// `half` of the tables is the interval's.
Result<void> Recording::write_interval(Interval interval, std::uint32_t half, bool final) {
  drain_last(half);
  rollup_.roll_up(session_, half, events_);
  accounting_.fill(session_, namespaces_, final, switches_, interval);
  const std::uint64_t cpu_ns = own_cpu_ns();
  interval.set_recorder_cpu_ns(cpu_ns - std::exchange(recorder_cpu_ns_, cpu_ns));
  interval.set_recorder_rss_bytes(host_.own_rss_bytes());
  const std::uint64_t entered = session_.cgroups_entered();
  if (entered != std::exchange(cgroups_entered_, entered)) cgroups_.take(session_.cgroups.all());
  const std::uint64_t before = sink_->contentions();
  const auto level2 = level2_.take(static_cast<double>(interval.end_ns() - interval.begin_ns()) / 1e9);
  if (namespaces_) session_.learn_tables(namespaces_->rows());
  for (const auto& tables : session_.netns_tables()) locks_.add_tables(tables);
  SOCKLOCK_TRY(sink_->write(session_.endpoints_of(half), rollup_, events_, level2, interval));
  govern(interval, sink_->contentions() - before);
  show_progress(interval, sink_->contentions() - before);
  long_enough_ =
      callbacks_.has_enough_after({interval, rollup_.rows(), locks_, events_, cgroups_, output_.writer.bytes()});
  events_.assign(next_events_.begin(), next_events_.end());
  return {};
}

void Recording::govern(const Interval& interval, std::uint64_t contentions) {
  const std::uint64_t walked = session_.counter(SOCKLOCK_STACKS_WALKED);
  const auto rates = governor_.adapt({interval.end_ns() - interval.begin_ns(), contentions, interval.recorder_cpu_ns(),
                                      bpf_ns(interval), walked - std::exchange(stacks_walked_, walked)});
  session_.set_rates(rates.stack_bits, rates.event_bits);
}

CostShares Recording::cost_of(const Interval& interval) const {
  const double of_host = 100.0 /
                         static_cast<double>(std::max<std::uint64_t>(interval.end_ns() - interval.begin_ns(), 1)) /
                         std::max(header_.host().cpus_online(), 1U);
  const auto percent = [of_host](std::uint64_t ns) { return static_cast<double>(ns) * of_host; };
  const std::uint64_t apart = interval.bpf_work_ns() + interval.bpf_switches_ns();
  return {percent(bpf_ns(interval) - std::min(bpf_ns(interval), apart)), percent(interval.bpf_work_ns()),
          percent(interval.bpf_switches_ns()), percent(interval.recorder_cpu_ns())};
}

void Recording::show_progress(const Interval& interval, std::uint64_t contentions) {
  const double seconds =
      static_cast<double>(interval.end_ns() - interval.begin_ns()) / static_cast<double>(kNsPerSecond);
  progress_.show({static_cast<double>(interval.end_ns()) / static_cast<double>(kNsPerSecond), sink_->contentions(),
                  static_cast<std::uint64_t>(static_cast<double>(contentions) / seconds), sink_->events(),
                  accounting_.lost(), output_.writer.bytes(), cost_of(interval), 1U << governor_.rates().event_bits});
}

Result<RecordingResult> Recording::finish() {
  session_.set_phase(SOCKLOCK_STOPPING);
  level2_.set_phase(SOCKLOCK_STOPPING);
  auto last = close_interval();
  drain_rings(session_, events_);
  session_.wait_for_programs();
  session_.set_phase(SOCKLOCK_IDLE);
  level2_.set_phase(SOCKLOCK_IDLE);
  session_.wait_for_programs();
  SOCKLOCK_TRY(write_interval(std::move(last), session_.switch_half(), true));
  end_command();
  complete_header();
  trace::v1::Footer footer;
  footer.set_contentions(sink_->contentions());
  footer.set_wait_ns(sink_->wait_ns());
  footer.set_events(sink_->events());
  footer.set_lost(accounting_.lost());
  footer.set_duration_ns(interval_begin_ns_);
  *footer.mutable_header() = redaction_.applied(header_);
  SOCKLOCK_TRY(output_.writer.finish(std::move(footer)));
  result_.path = output_.path;
  result_.bytes = output_.writer.bytes();
  result_.contentions = sink_->contentions();
  result_.wait_ns = sink_->wait_ns();
  result_.lost = accounting_.lost();
  result_.seconds = static_cast<double>(interval_begin_ns_) / static_cast<double>(kNsPerSecond);
  return result_;
}

void Recording::describe_probes(std::vector<Probe> now) {
  header_.mutable_recorder()->clear_probes();
  for (auto& probe : since(std::move(now), probes_before_))
    *header_.mutable_recorder()->add_probes() = std::move(probe);
}

void Recording::complete_header() {
  if (command_) result_.workload_status = command_->poll();
  if (result_.workload_status) {
    header_.mutable_workload()->set_finished(true);
    header_.mutable_workload()->set_exit_status(*result_.workload_status);
  }
  describe_probes(all_probes(session_, namespaces_, level2_));
  header_.clear_hash_tables();
  for (const auto& table : locks_.tables()) *header_.add_hash_tables() = table;
}

}  // namespace socklock::collector
