// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/analyzer/trace_maker.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/units.h"
#include "base/wait_buckets.h"
#include "proto/loss_counters.h"
#include "proto/trace_writer.h"
#include "proto/work_counters.h"

namespace socklock::analyzer::testing {
namespace {

namespace v1 = trace::v1;

void require(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message());
}

trace::SummaryRow summary_row(const MadeWait& made) {
  trace::SummaryRow row;
  row.lock = made.lock;
  row.stack = made.stack;
  row.syscall = made.syscall;
  row.context = made.context;
  row.flags = made.flags;
  std::map<std::uint16_t, std::uint32_t> cells;
  row.wait_min_ns = UINT64_MAX;
  for (const std::uint64_t wait : made.waits_ns) {
    ++row.contentions;
    row.sampled += made.stack_weight > 0 ? 1 : 0;
    row.stack_weight += made.stack_weight;
    row.weighted_wait_ns += made.stack_weight * wait;
    row.run_delay_ns += made.run_delay_ns;
    row.wait_ns += wait;
    row.wait_min_ns = std::min(row.wait_min_ns, wait);
    row.wait_max_ns = std::max(row.wait_max_ns, wait);
    ++cells[static_cast<std::uint16_t>(socklock_wait_bucket(wait))];
  }
  for (const auto& [bucket, count] : cells) row.cells.push_back({bucket, count});
  return row;
}

void append_events(trace::EventColumns& events, const MadeWait& made, std::uint64_t end_ns) {
  for (const std::uint64_t wait : made.waits_ns) {
    events.end_ns.push_back(end_ns);
    events.wait_ns.push_back(wait);
    events.lock.push_back(made.lock);
    events.stack.push_back(made.stack);
    events.thread.push_back(made.thread);
    events.run_delay_ns.push_back(made.run_delay_ns);
    events.cpu.push_back(made.cpu);
    events.flags.push_back(made.flags);
    events.context.push_back(made.context);
    events.weight.push_back(1);
    events.error.push_back(0);
    events.syscall.push_back(made.syscall);
    events.stack_weight.push_back(made.stack_weight);
  }
}

v1::Interval interval_message(const MadeInterval& made, std::uint64_t begin_ns) {
  v1::Interval message;
  message.set_begin_ns(begin_ns);
  message.set_end_ns(begin_ns + kNsPerSecond);
  std::vector<trace::SummaryRow> rows;
  for (const MadeWait& wait : made.waits) rows.push_back(summary_row(wait));
  *message.mutable_summary() = trace::encode(rows);
  const auto count = [&message](trace::WorkCounter counter, std::uint64_t value) {
    if (value == 0) return;
    auto* entry = message.add_work();
    entry->set_id(static_cast<std::uint32_t>(counter));
    entry->set_value(value);
  };
  if (!made.calls.empty()) *message.mutable_calls() = trace::encode(made.calls);
  if (!made.holds.empty()) *message.mutable_holds() = trace::encode(made.holds);
  if (!made.held_locks.empty()) *message.mutable_held_locks() = trace::encode(made.held_locks);
  if (!made.owners.empty()) *message.mutable_owners() = trace::encode(made.owners);
  if (!made.holders.empty()) *message.mutable_holders() = trace::encode(made.holders);
  count(trace::WorkCounter::kConnectionsActive, made.connections_active);
  count(trace::WorkCounter::kSendOperations, made.send_operations);
  count(trace::WorkCounter::kSegmentsReceived, made.segments_received);
  message.set_operations_stopped(made.operations_stopped);
  if (made.lost > 0) {
    auto* loss = message.add_losses();
    loss->set_id(static_cast<std::uint32_t>(trace::LossReason::kReentered));
    loss->set_value(made.lost);
  }
  return message;
}

}  // namespace

TraceMaker::TraceMaker() {
  static int made = 0;
  header.set_run_id("run-" + std::to_string(++made));
  header.set_wall_start_ns(1000 * kNsPerSecond * static_cast<std::uint64_t>(made));
  header.set_interval_ns(kNsPerSecond);
  header.set_spinlock_mode(v1::SPINLOCK_MODE_PV);
  header.mutable_host()->set_name("host");
  header.mutable_host()->set_machine("x86_64");
  header.mutable_host()->set_kernel_release("6.12.0");
  header.mutable_host()->set_cpus_online(2);
  auto* thread = dictionary_.add_threads();
  thread->set_id(1);
  thread->set_tid(701);
  thread->set_pid(700);
  thread->set_comm("server");
}

std::uint32_t TraceMaker::thread(std::uint32_t pid, const std::string& comm, const std::string& cgroup_path) {
  auto* cgroup = dictionary_.add_cgroups();
  cgroup->set_id(static_cast<std::uint32_t>(dictionary_.cgroups_size()));
  cgroup->set_path(cgroup_path);
  auto* thread = dictionary_.add_threads();
  thread->set_id(static_cast<std::uint32_t>(dictionary_.threads_size()));
  thread->set_tid(pid);
  thread->set_pid(pid);
  thread->set_comm(comm);
  thread->set_cgroup(cgroup->id());
  return thread->id();
}

void TraceMaker::name_namespace(std::uint64_t inode, const std::string& name) {
  auto* netns = dictionary_.add_network_namespaces();
  netns->set_inode(inode);
  netns->set_name(name);
}

std::uint32_t TraceMaker::function(const std::string& symbol) {
  const auto [entry, is_new] = functions_.try_emplace(symbol, static_cast<std::uint32_t>(functions_.size() + 1));
  if (is_new) {
    auto* message = dictionary_.add_functions();
    message->set_id(entry->second);
    message->set_symbol(symbol);
  }
  return entry->second;
}

void TraceMaker::probe(const std::string& function, const std::string& reason) {
  for (const bool holds : {false, true}) {
    auto& probe = *header.mutable_recorder()->add_probes();
    probe.set_name(function);
    probe.set_counts_calls(!holds);
    probe.set_measures_holds(holds);
    probe.set_attached(reason.empty());
    probe.set_reason(reason);
  }
}

std::uint32_t TraceMaker::stack(const Symbols& symbols) {
  auto* message = dictionary_.add_stacks();
  message->set_id(static_cast<std::uint32_t>(dictionary_.stacks_size()));
  for (const std::string& symbol : symbols) {
    message->add_functions(function(symbol));
    message->add_offsets_bytes(16);
  }
  return message->id();
}

std::uint32_t TraceMaker::lock(v1::Lock lock) {
  lock.set_id(static_cast<std::uint32_t>(dictionary_.locks_size() + 1));
  if (lock.address() == 0) lock.set_address(0xffff'8880'0000'0000 + 64ULL * lock.id());
  *dictionary_.add_locks() = lock;
  return lock.id();
}

std::uint32_t TraceMaker::table_lock(const std::string& table, std::uint32_t index, std::uint64_t netns_inode) {
  v1::Lock message;
  message.set_kind(v1::LOCK_FACT_TABLE);
  message.set_table(table);
  message.set_index(index);
  message.set_netns_inode(netns_inode);
  return lock(std::move(message));
}

std::uint32_t TraceMaker::slab_lock(const std::string& cache, const std::string& member) {
  v1::Lock message;
  message.set_kind(v1::LOCK_FACT_SLAB);
  message.set_cache(cache);
  message.set_member(member);
  return lock(std::move(message));
}

void TraceMaker::write(const std::string& path, bool footer) const {
  auto writer = trace::TraceWriter::create(path);
  if (!writer) throw std::runtime_error(writer.error().message());
  require(writer->write(header));
  require(writer->write(dictionary_));
  std::uint64_t begin_ns = 0;
  v1::Footer message;
  for (const MadeInterval& made : intervals_) {
    trace::EventColumns events;
    for (const MadeWait& wait : made.waits) {
      message.set_contentions(message.contentions() + wait.waits_ns.size());
      for (const std::uint64_t ns : wait.waits_ns) message.set_wait_ns(message.wait_ns() + ns);
    }
    for (const MadeWait& wait : made.waits) append_events(events, wait, begin_ns + kNsPerSecond / 2);
    require(writer->write(events));
    require(writer->write(interval_message(made, begin_ns)));
    begin_ns += kNsPerSecond;
  }
  if (!footer) return require(writer->publish());
  message.set_events(message.contentions());
  *message.mutable_header() = header;
  require(writer->finish(std::move(message)));
}

void write_ehash_run(const std::string& path, std::uint64_t wait_ns, std::uint64_t connections, int intervals,
                     const std::string& label) {
  TraceMaker maker;
  maker.header.set_label(label);
  const auto lock = maker.table_lock("ehash", 17);
  const auto stack = maker.stack({"_raw_spin_lock", "inet_ehash_insert", "tcp_v4_syn_recv_sock", "tcp_v4_rcv"});
  for (int i = 0; i < intervals; ++i)
    maker.add({.waits = {{.lock = lock, .stack = stack, .waits_ns = std::vector<std::uint64_t>(connections, wait_ns)}},
               .connections_active = connections});
  maker.write(path);
}

}  // namespace socklock::analyzer::testing
