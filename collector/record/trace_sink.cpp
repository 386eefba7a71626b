// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/trace_sink.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "collector/host/network_namespaces.h"
#include "proto/loss_counters.h"

namespace socklock::collector {
namespace {

std::uint64_t since(std::uint64_t start_ns, std::uint64_t time_ns) {
  return time_ns > start_ns ? time_ns - start_ns : 0;
}

// Ends of events are told in steps: what is below is mostly noise, and took a byte of each event's nine. Their order
// and how long they waited stay exact.
constexpr std::uint64_t kEndStepNs = 256;

LockKey lock_key_of(const socklock_held_lock& held) { return {held.lock, false}; }

constexpr std::uint32_t kNoLock = UINT32_MAX;

// By row the number of its lock, if of some wait for that the owner is known; empty if there is none.
std::vector<std::uint32_t> locks_with_owners(const std::vector<RollupRow>& rows) {
  std::map<std::uint64_t, std::uint32_t> numbers;
  for (const auto& row : rows)
    if (row.has_owners) numbers.try_emplace(row.sums.key.lock, static_cast<std::uint32_t>(numbers.size()));
  std::vector<std::uint32_t> lock_of_row;
  if (numbers.empty()) return lock_of_row;
  for (const auto& row : rows) {
    const auto number = numbers.find(row.sums.key.lock);
    lock_of_row.push_back(number == numbers.end() ? kNoLock : number->second);
  }
  return lock_of_row;
}

}  // namespace

TraceSink::TraceSink(trace::TraceWriter& writer, SharedTables& tables, const Facts& facts, const Redaction& redaction,
                     std::uint64_t start_ns)
    : writer_(writer),
      tables_(tables),
      locks_(facts.locks),
      stacks_(facts.stacks),
      threads_(facts.cgroups),
      redaction_(redaction),
      start_ns_(start_ns) {}

Result<void> TraceSink::write(std::span<socklock_endpoints> endpoints, const Rollup& rollup,
                              std::span<const socklock_event> events, const Level2Rows& level2,
                              trace::v1::Interval& interval) {
  clear_added();
  threads_.begin_interval();
  resolve_locks(endpoints, rollup.rows(), level2, added_);
  identify_rows(rollup.rows(), added_);
  *interval.mutable_summary() = trace::encode(to_summary(rollup.rows()));
  check_stacks(rollup.rows(), interval);
  order_.sort(events);
  to_columns(events, rollup, added_);
  add_level2(level2, added_, interval);
  if (level2.notes_holders) add_holders(events, rollup, added_, interval);
  add_owners(events, rollup, added_, interval);
  name_namespaces(added_);
  redaction_.apply(added_);
  SOCKLOCK_TRY(writer_.write(added_, columns_, interval));
  events_ += events.size();
  return {};
}

// Its memory is used again, unless it was much.
void TraceSink::clear_added() {
  constexpr int kMany = 4096;
  if (added_.locks_size() > kMany || added_.stacks_size() > kMany || added_.threads_size() > kMany)
    added_ = {};
  else
    added_.Clear();
}

// Rows have the locks of all events.
void TraceSink::resolve_locks(std::span<socklock_endpoints> endpoints, const std::vector<RollupRow>& rows,
                              const Level2Rows& level2, trace::v1::Dictionary& added) {
  std::vector<LockKey> keys;
  keys.reserve(rows.size() + level2.held_locks.size());
  for (const auto& row : rows) keys.push_back(lock_key(row.sums));
  for (const auto& held : level2.held_locks) keys.push_back(lock_key_of(held));
  locks_.resolve(std::move(keys), endpoints, added.mutable_locks());
  for (auto& both : endpoints)
    if (both.hash != 0) both = {};
}

void TraceSink::identify_rows(const std::vector<RollupRow>& rows, trace::v1::Dictionary& added) {
  ids_of_row_.clear();
  for (const auto& row : rows)
    ids_of_row_.push_back({locks_.id(lock_key(row.sums)), stack_id(row.sums.key.stack, added)});
}

std::uint32_t TraceSink::stack_id(std::uint32_t slot, trace::v1::Dictionary& added) {
  return slot < tables_.stacks.size() ? stacks_.id(slot, tables_.stacks[slot], added) : 0;
}

// Of the namespaces of new locks, those that have a name and were not named before.
void TraceSink::name_namespaces(trace::v1::Dictionary& added) {
  std::set<std::uint64_t> unnamed;
  for (const auto& lock : added.locks())
    if (lock.netns_inode() != 0 && named_namespaces_.insert(lock.netns_inode()).second)
      unnamed.insert(lock.netns_inode());
  if (unnamed.empty()) return;
  for (const auto& [inode, name] : network_namespace_names()) {
    if (!unnamed.contains(inode)) continue;
    auto* named = added.add_network_namespaces();
    named->set_inode(inode);
    named->set_name(name);
  }
}

std::uint32_t TraceSink::owner_id(std::uint32_t number, trace::v1::Dictionary& added) {
  if (number == 0 || number >= tables_.threads.size()) return 0;
  const auto& thread = tables_.threads[number];
  // Claimed by a program that has not filled it yet.
  if (__atomic_load_n(&thread.complete, __ATOMIC_ACQUIRE) == 0) return 0;
  return threads_.of(thread, added);
}

// Neighbouring rows with equal values compress best: by stack, lock, system call, context and flags.
std::vector<std::uint32_t> TraceSink::order_of_summary(const std::vector<RollupRow>& rows) const {
  struct Place {
    std::uint64_t stack_and_lock, rest;
    std::uint32_t row;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  places.reserve(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const auto& key = rows[i].sums.key;
    places.push_back({std::uint64_t{ids_of_row_[i].stack} << 32 | ids_of_row_[i].lock,
                      std::uint64_t{key.syscall} << 16 | std::uint64_t{key.context} << 8 | key.flags, i});
  }
  std::sort(places.begin(), places.end());
  std::vector<std::uint32_t> order;
  order.reserve(rows.size());
  for (const auto& place : places) order.push_back(place.row);
  return order;
}

std::vector<trace::SummaryRow> TraceSink::to_summary(const std::vector<RollupRow>& rows) {
  std::vector<trace::SummaryRow> summary;
  summary.reserve(rows.size());
  for (const std::uint32_t i : order_of_summary(rows)) {
    const auto& sums = rows[i].sums;
    trace::SummaryRow& out = summary.emplace_back();
    out.lock = ids_of_row_[i].lock;
    out.stack = ids_of_row_[i].stack;
    out.syscall = sums.key.syscall;
    out.context = sums.key.context;
    out.flags = sums.key.flags;
    out.contentions = sums.contentions;
    out.gave_up = sums.gave_up;
    out.wait_ns = sums.wait_ns;
    out.sampled = sums.sampled;
    out.stack_weight = sums.stack_weight;
    out.weighted_wait_ns = sums.weighted_wait_ns;
    out.run_delay_ns = sums.run_delay_ns;
    out.wait_min_ns = sums.wait_min_ns;
    out.wait_max_ns = sums.wait_max_ns;
    // Of fewer the trace says it without.
    if (sums.contentions > 2) {
      out.cells.reserve(rows[i].cells.size());
      for (const auto& cell : rows[i].cells) out.cells.push_back({static_cast<std::uint16_t>(cell.bucket), cell.count});
    }
    contentions_ += sums.contentions;
    wait_ns_ += sums.wait_ns;
  }
  return summary;
}

void TraceSink::check_stacks(const std::vector<RollupRow>& rows, trace::v1::Interval& interval) const {
  std::uint64_t checked = 0, disagreed = 0;
  for (const auto& row : rows) {
    const auto agrees = stacks_.agrees(row.sums.key.stack, row.sums.key.context, row.sums.key.syscall);
    if (!agrees) continue;
    checked += row.sums.contentions;
    if (!*agrees) disagreed += row.sums.contentions;
  }
  interval.set_stacks_checked(checked);
  interval.set_stacks_disagreed(disagreed);
}

void TraceSink::add_holds(const Level2Rows& level2, trace::v1::Dictionary& added, trace::v1::Interval& interval) {
  std::vector<trace::HoldRow> holds;
  for (const auto& row : level2.holds) {
    auto& out = holds.emplace_back();
    out.function = stacks_.function_id(row.function, added);
    out.kind = static_cast<std::uint8_t>(row.kind);
    out.syscall = row.syscall;
    out.context = row.context;
    out.samples = row.sums.samples;
    out.weight = row.sums.weight;
    out.hold_ns = row.sums.hold_ns;
    out.backlog_ns = row.sums.backlog_ns;
    out.backlogs = row.sums.backlogs;
    out.max_ns = row.sums.max_ns;
    out.off_cpu_ns = row.sums.off_cpu_ns;
    std::copy(std::begin(row.sums.threads), std::end(row.sums.threads), out.threads.begin());
    for (std::uint16_t bucket = 0; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket)
      if (row.sums.buckets[bucket] != 0) out.cells.push_back({bucket, row.sums.buckets[bucket]});
  }
  if (!holds.empty()) *interval.mutable_holds() = trace::encode(holds);
  std::vector<trace::HeldLockRow> locks;
  for (const auto& held : level2.held_locks)
    locks.push_back({locks_.id(lock_key_of(held)), held.kind, held.samples, held.weight, held.hold_ns});
  if (!locks.empty()) *interval.mutable_held_locks() = trace::encode(locks);
}

void TraceSink::add_level2(const Level2Rows& level2, trace::v1::Dictionary& added, trace::v1::Interval& interval) {
  std::vector<trace::CallRow> calls;
  for (const auto& row : level2.calls)
    calls.push_back({stacks_.function_id(function_of(row.site), added), static_cast<std::uint8_t>(row.kind),
                     row.syscall, row.context, row.calls});
  if (!calls.empty()) *interval.mutable_calls() = trace::encode(calls);
  add_holds(level2, added, interval);
  std::vector<trace::CpuSampleRow> samples;
  for (const auto& row : level2.cpu.rows) samples.push_back({stack_id(row.stack, added), row.samples});
  if (level2.cpu.lost > 0) samples.push_back({0, level2.cpu.lost});
  if (!samples.empty() || level2.cpu.user > 0) {
    *interval.mutable_cpu_samples() = trace::encode(samples);
    interval.mutable_cpu_samples()->set_user_samples(level2.cpu.user);
  }
  interval.set_bpf_run_time_ns(interval.bpf_run_time_ns() + level2.cost.run_time_ns);
  interval.set_bpf_timed_ns(interval.bpf_timed_ns() + level2.cost.timed_ns);
  if (level2.calls_skipped == 0) return;
  auto* loss = interval.add_losses();
  loss->set_id(static_cast<std::uint32_t>(trace::LossReason::kCallsSkipped));
  loss->set_value(level2.calls_skipped);
}

void TraceSink::add_holders(std::span<const socklock_event> events, const Rollup& rollup, trace::v1::Dictionary& added,
                            trace::v1::Interval& interval) {
  using HolderKey = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t, std::uint32_t, std::uint16_t, std::uint8_t>;
  struct Sums {
    std::uint64_t waits = 0, wait_ns = 0;
  };
  std::map<HolderKey, Sums> rows;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    const bool of_owner = event.key.flags == SOCKLOCK_FLAG_OWNER_WAIT;
    // Holders of tables' locks are searched for waits that got a stack, which stand for those that got none.
    const bool of_table = event.holder.searched != 0 && event.holder.searched != SOCKLOCK_OWNER_SEARCHED;
    if (!of_owner && (!of_table || event.key.stack == 0)) continue;
    const std::uint64_t weight = (of_owner ? 1 : 1 + std::uint64_t{event.stack_weight}) << event.rate_bits;
    const RowIds& ids = ids_of_row_[rollup.row_of_event()[i]];
    Sums& sums = rows[{ids.lock, ids.stack, event.key.syscall, stack_id(event.holder.stack, added),
                       event.holder.syscall, event.holder.known}];
    sums.waits += weight;
    sums.wait_ns += event.wait_ns * weight;
  }
  if (rows.empty()) return;
  std::vector<trace::HolderRow> out;
  for (const auto& [key, sums] : rows)
    out.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), std::get<4>(key),
                   std::get<5>(key), sums.waits, sums.wait_ns});
  *interval.mutable_holders() = trace::encode(out);
}

void TraceSink::add_owners(std::span<const socklock_event> events, const Rollup& rollup, trace::v1::Dictionary& added,
                           trace::v1::Interval& interval) {
  using OwnerKey = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t, std::uint32_t, std::uint32_t, std::uint16_t,
                              std::uint8_t, std::uint32_t>;
  struct Sums {
    std::uint64_t waits = 0, wait_ns = 0, contended_ns = 0;
  };
  const std::vector<std::uint32_t> lock_of_row = locks_with_owners(rollup.rows());
  if (lock_of_row.empty()) return;
  std::map<OwnerKey, Sums> rows;
  // When each of the locks was got last by who had waited.
  std::vector<std::uint64_t> handed_over_ns(rollup.rows().size());
  for (const auto& ended : order_.by_end()) {
    const auto& event = events[ended.event];
    const std::uint32_t row = rollup.row_of_event()[ended.event];
    if (lock_of_row[row] == kNoLock) continue;
    const std::uint64_t begin_ns = event.end_ns - event.wait_ns;
    const std::uint64_t before_ns = std::exchange(handed_over_ns[lock_of_row[row]], event.end_ns);
    // Owners are looked for, too, for waits that may turn out too short to get a stack.
    if (event.key.flags == SOCKLOCK_FLAG_OWNER_WAIT || event.holder.searched != SOCKLOCK_OWNER_SEARCHED) continue;
    if (event.key.stack == 0) continue;
    const std::uint64_t weight = (1 + std::uint64_t{event.stack_weight}) << event.rate_bits;
    Sums& sums = rows[{ids_of_row_[row].lock, ids_of_row_[row].stack, event.key.syscall, owner_id(event.owner, added),
                       stack_id(event.holder.stack, added), event.holder.syscall,
                       static_cast<std::uint8_t>(event.owner_state), owner_id(event.root, added)}];
    sums.waits += weight;
    sums.wait_ns += event.wait_ns * weight;
    // Whoever got it meanwhile held it since, and is not who was seen when the wait began.
    if (before_ns <= begin_ns || event.owner_state == SOCKLOCK_OWNER_RELEASED)
      sums.contended_ns += (event.end_ns - std::max(begin_ns, before_ns)) * weight;
  }
  if (rows.empty()) return;
  std::vector<trace::OwnerRow> out;
  for (const auto& [key, sums] : rows)
    out.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), std::get<4>(key),
                   std::get<5>(key), std::get<6>(key), std::get<7>(key), sums.waits, sums.wait_ns, sums.contended_ns});
  *interval.mutable_owners() = trace::encode(out);
}

void TraceSink::to_columns(std::span<const socklock_event> events, const Rollup& rollup, trace::v1::Dictionary& added) {
  auto& to = columns_;
  to.resize(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::uint32_t number = order_.by_end()[i].event;
    const auto& event = events[number];
    const RowIds& ids = ids_of_row_[rollup.row_of_event()[number]];
    to.end_ns[i] = since(start_ns_, event.end_ns) / kEndStepNs * kEndStepNs;
    to.wait_ns[i] = event.wait_ns;
    to.lock[i] = ids.lock;
    to.stack[i] = ids.stack;
    to.thread[i] = threads_.of(event, added);
    to.cpu[i] = event.cpu;
    to.flags[i] = event.key.flags;
    to.context[i] = event.key.context;
    to.weight[i] = 1U << event.rate_bits;
    to.error[i] = event.error;
    to.syscall[i] = event.key.syscall;
    to.stack_weight[i] = std::uint64_t{event.stack_weight} << event.rate_bits;
    to.run_delay_ns[i] = event.run_delay_ns;
  }
}

}  // namespace socklock::collector
