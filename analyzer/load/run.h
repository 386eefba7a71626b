// SPDX-License-Identifier: GPL-2.0-or-later
// One recording in memory: what was recorded, how, and what is missing from it. Plain data. It grows with every
// measure: headers declare Run, and only code that looks into one includes this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/load/dictionaries.h"
#include "analyzer/load/facts.h"
#include "analyzer/load/socket_kind.h"
#include "analyzer/load/wait_table.h"
#include "analyzer/load/work.h"
#include "proto/distinct_registers.h"

namespace socklock::analyzer {

struct Loss {
  std::uint32_t reason = 0;  // proto/loss_counters.h; may be of a newer version
  std::uint64_t count = 0;
};

// Calls of a function that takes socket-layer locks, over the whole run, exactly.
struct CallCount {
  FunctionId function{0};
  SocketKind kind = SocketKind::kNone;
  std::uint16_t syscall = 0;  // number + 1, 0: none, or none that the recorder distinguishes
  KernelStack on = KernelStack::kTask;
  std::uint64_t calls = 0;
};

// How long locks were held, of a sample, over the whole run.
struct HoldSample {
  FunctionId function{0};  // lock_sock_nested: from there to release_sock(), else the span of the function
  SocketKind kind = SocketKind::kNone;
  std::uint16_t syscall = 0;
  KernelStack on = KernelStack::kTask;
  std::uint64_t samples = 0;
  std::uint64_t weight = 0;      // holds that they stand for
  std::uint64_t hold_ns = 0;     // of all those
  std::uint64_t backlog_ns = 0;  // of that: on segments that arrived in the meantime
  std::uint64_t backlogs = 0;    // holds that had such
  std::uint64_t max_ns = 0;
  std::uint64_t off_cpu_ns = 0;        // of hold_ns: the holder did not run; where RunFacts::knows_off_cpu
  trace::DistinctRegisters threads{};  // that held it, of those measured; all 0: not known
  std::vector<WaitCell> cells;         // of the holds, ascending buckets
};

// Of those holds the ones of one lock of a table.
struct HeldLock {
  LockId lock = kNoLock;
  SocketKind kind = SocketKind::kNone;  // which table
  std::uint64_t samples = 0;
  std::uint64_t weight = 0;   // holds that they stand for
  std::uint64_t hold_ns = 0;  // of all those
};

// Waits for a socket's owner by who that was, over the whole run.
struct HolderSum {
  LockId lock = kNoLock;
  StackId stack = kNoStack;  // the waiter's
  std::uint16_t syscall = 0;
  StackId holder_stack = kNoStack;  // where the owner gave the socket up
  std::uint16_t holder_syscall = 0;
  std::optional<KernelStack> holder;  // nothing: not known
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
};

enum class OwnerState : std::uint8_t { kUnknown, kRunning, kRunnable, kAsleep, kReleased };
// "running", "runnable", "asleep", "gave it up", "not known".
std::string_view name_of(OwnerState state);

// Sampled waits for locks that waiters sleep for, by who owned them when the wait began, over the whole run.
struct OwnerSum {
  LockId lock = kNoLock;
  StackId stack = kNoStack;  // the waiter's
  std::uint16_t syscall = 0;
  ThreadId owner = kNoThread;       // kNoThread: not known
  StackId owner_stack = kNoStack;   // of an owner that did not run
  std::uint16_t owner_syscall = 0;  // number + 1, 0: none
  OwnerState state = OwnerState::kUnknown;
  ThreadId root = kNoThread;  // who the owner waited for itself, in the end; kNoThread: for nobody that is known
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t contended_ns = 0;  // in which this owner held the lock and others waited for it, each moment once
};

// What the kernel did on CPUs that were not idle.
struct CpuProfile {
  struct Row {
    StackId stack = kNoStack;
    std::uint64_t samples = 0;
  };
  std::uint32_t hz = 0;  // samples a second of each CPU; 0: not sampled
  std::vector<Row> kernel;
  std::uint64_t user_samples = 0;  // outside the kernel
};

// Waits of one table row in one interval.
struct IntervalWait {
  std::uint32_t row = 0;
  std::uint64_t contentions = 0;
  std::uint64_t wait_ns = 0;
};

struct Interval {
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  Work work;
  std::uint64_t lost = 0;  // without those that only inform
  std::size_t first_wait = 0;
  std::size_t wait_count = 0;
};

// How begins were accounted for, summed over the trace; the identity is in proto's interval.proto.
struct Pairing {
  std::uint64_t begins = 0;
  std::uint64_t ends = 0;
  std::uint64_t matched = 0;
  std::uint64_t doubled_begins = 0;
  std::uint64_t self = 0;
  std::uint64_t filtered = 0;
  std::uint64_t unmatched_ends = 0;
  std::int64_t open = 0;
};

struct Damage {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  std::string what;
};

struct Run {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t budget_bytes = 0;  // LoadOptions, for who reads it again
  RunFacts facts;
  Dictionaries dictionaries;
  WaitTable waits;
  std::vector<Interval> intervals;           // empty where the rows come from events
  std::vector<IntervalWait> interval_waits;  // of interval 0, of interval 1, ...
  std::vector<CallCount> calls;              // a row each function, kind, system call and kernel stack
  std::vector<HoldSample> holds;             // likewise
  std::vector<HeldLock> held_locks;          // a row each lock of a table; empty: such locks were not probed
  std::vector<HolderSum> holders;
  std::vector<OwnerSum> owners;
  CpuProfile cpu_profile;
  std::uint64_t begin_ns = 0;  // of the first interval
  std::uint64_t end_ns = 0;    // of the last
  Work work;
  std::vector<Loss> losses;  // summed over intervals, by reason
  Pairing pairing;
  std::map<std::string, std::uint64_t> host_counters;  // /proc/net/snmp and netstat: "Tcp.ActiveOpens"
  std::uint64_t events = 0;                            // in event blocks
  std::optional<std::uint64_t> cpu_pressure_ns = 0;    // in which a task waited for a CPU; nothing: not known
  std::uint64_t steal_ns = 0;                          // CPU time that the hypervisor gave to others
  std::uint64_t recorder_cpu_ns = 0;
  std::uint64_t bpf_run_time_ns = 0;     // 0: kernel.bpf_stats_enabled was off
  std::uint64_t bpf_timed_ns = 0;        // of programs at waits, by their own sampled timing
  std::uint64_t bpf_work_ns = 0;         // of programs at connections and operations
  std::uint64_t bpf_switches_ns = 0;     // of the program at switches of tasks
  bool operations_stopped = false;       // operations were not counted to the end, so not at all
  std::uint64_t events_left_out = 0;     // by sampling
  std::uint64_t stacks_checked = 0;      // waits whose stack was checked against context and system call
  std::uint64_t stacks_disagreed = 0;    // ... and was another's
  std::uint64_t recorder_rss_bytes = 0;  // largest
  bool closed = false;                   // ended in order, with a footer
  std::vector<Damage> damage;
  std::uint64_t unknown_blocks = 0;  // of kinds of a newer version
  std::uint64_t unknown_ids = 0;     // references into dictionaries that have no such entry

  [[nodiscard]] std::uint64_t duration_ns() const { return end_ns > begin_ns ? end_ns - begin_ns : 0; }
  [[nodiscard]] std::span<const IntervalWait> waits_of(const Interval& interval) const {
    return std::span(interval_waits).subspan(interval.first_wait, interval.wait_count);
  }
  // Whether work was counted: other tools' recordings may say nothing of it, which is not 0.
  [[nodiscard]] bool knows_work() const { return facts.knows.work || work != Work{}; }
  // Events that happened and are in no record, by what they lack; see proto/loss_counters.h.
  [[nodiscard]] std::uint64_t lost() const;
};

}  // namespace socklock::analyzer
