// SPDX-License-Identifier: GPL-2.0-or-later
// One recording in memory: what was recorded, how, and what is missing from it. Plain data.
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
#include "analyzer/load/wait_table.h"
#include "proto/origin.h"

namespace socklock::analyzer {

enum class SpinlockMode : std::uint8_t { kUnknown, kPv, kNative, kTestAndSet };
// "pv", "native", "test-and-set", "unknown".
const char* name_of(SpinlockMode mode);

struct HostFacts {
  std::string name;
  std::string kernel_release;
  std::string kernel_build;
  std::string machine;
  std::string cpu_model;
  std::string boot_id;
  std::uint32_t cpus_online = 0;  // 0: not recorded
  std::uint64_t memory_bytes = 0;
};

struct ProbeFacts {
  std::string name;
  bool attached = false;
  std::string reason;
  std::string remedy;
  bool counts_calls = false;  // of the function `name`: level 2
  std::string method;         // of level 2: "fentry" or "kprobe"
  bool absent = false;        // the kernel has no such function
  bool measures_holds = false;
  std::uint64_t run_count = 0;  // 0: kernel.bpf_stats_enabled was off, or the recording did not end in order
  std::uint64_t run_time_ns = 0;
};

struct WorkloadFacts {
  std::vector<std::string> argv;  // empty: a live host was recorded
  bool finished = false;
  std::int32_t exit_status = 0;
  std::string filter;
  std::map<std::string, std::uint64_t> stated;  // work by the user's word: "connections", "binds", ...
};

struct RunFacts {
  std::string run_id;
  std::string label;
  std::uint64_t wall_start_ns = 0;
  std::uint64_t interval_ns = 0;
  HostFacts host;
  std::string recorder_version;
  std::uint32_t level = 0;
  std::vector<ProbeFacts> probes;
  std::vector<std::string> notes;  // what could not be seen, in the recorder's words
  WorkloadFacts workload;
  SpinlockMode spinlock_mode = SpinlockMode::kUnknown;
  bool stacks_sampled = false;  // else every wait has its call stack, or none has
  std::uint32_t cpu_profile_hz = 0;
  double max_overhead_percent = 0;  // bound of the recording's cost, of all CPUs; 0: none
  std::uint32_t work_rules = 0;     // Recorder.work_rules in header.proto: what counts as work
  std::string origin;               // the importer; empty: socklock-record
  trace::Knows knows;               // what the origin can say
};

// Whether single waits were seen, and not only sums: else there are no quantiles.
inline bool knows_distribution(const RunFacts& facts) { return facts.knows.distribution; }

// What the host got done, and at what cost in CPU time.
struct Work {
  std::uint64_t connections_active = 0;
  std::uint64_t connections_passive = 0;
  std::uint64_t connections_closed = 0;
  std::uint64_t elsewhere_active = 0;  // of connections_active: in other network namespaces than the recorder's
  std::uint64_t elsewhere_passive = 0;
  std::uint64_t send_operations = 0;
  std::uint64_t send_bytes = 0;
  std::uint64_t receive_operations = 0;
  std::uint64_t receive_bytes = 0;
  std::uint64_t stated = 0;
  std::uint64_t cpu_busy_ns = 0;  // user, system, softirq and irq of the whole host

  [[nodiscard]] std::uint64_t operations() const { return send_operations + receive_operations; }
  void add(const Work& other);
  bool operator==(const Work&) const = default;
};

struct Loss {
  std::uint32_t reason = 0;  // proto/loss_counters.h; may be of a newer version
  std::uint64_t count = 0;
};

// Of the socket that a function was called for; kRefused: it found a port taken; the locks: it took one of that table.
// A newer version's kinds are kOther.
enum class SocketKind : std::uint8_t {
  kNone,
  kTcp,
  kTcpListener,
  kUdp,
  kOther,
  kRefused,
  kEhashLock,
  kBhashLock,
  kBhash2Lock,
  kLhash2Lock
};
std::optional<SocketKind> socket_kind_named(std::string_view name);

// Calls of a function that takes socket-layer locks, over the whole run, exactly.
struct CallCount {
  FunctionId function{0};
  SocketKind kind = SocketKind::kNone;
  std::uint16_t syscall = 0;  // number + 1, 0: none, or none that the recorder tells apart
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
  std::uint64_t backlog_ns = 0;  // of that: on segments that came meanwhile
  std::uint64_t backlogs = 0;    // holds that had such
  std::uint64_t max_ns = 0;
  std::vector<WaitCell> cells;  // of the holds, ascending buckets
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
  RunFacts facts;
  Dictionaries dictionaries;
  WaitTable waits;
  std::vector<Interval> intervals;           // empty where the rows come from events
  std::vector<IntervalWait> interval_waits;  // of interval 0, of interval 1, ...
  std::vector<CallCount> calls;              // a row each function, kind, system call and kernel stack
  std::vector<HoldSample> holds;             // likewise
  std::vector<HolderSum> holders;
  CpuProfile cpu_profile;
  std::uint64_t begin_ns = 0;  // of the first interval
  std::uint64_t end_ns = 0;    // of the last
  Work work;
  std::vector<Loss> losses;  // summed over intervals, by reason
  Pairing pairing;
  std::map<std::string, std::uint64_t> host_counters;  // /proc/net/snmp and netstat: "Tcp.ActiveOpens"
  std::uint64_t events = 0;                            // in event blocks
  std::uint64_t recorder_cpu_ns = 0;
  std::uint64_t bpf_run_time_ns = 0;     // 0: kernel.bpf_stats_enabled was off
  std::uint64_t bpf_timed_ns = 0;        // of contention and owner waits, by the programs' own sampled timing
  std::uint64_t events_left_out = 0;     // by sampling
  std::uint64_t stacks_checked = 0;      // waits whose stack was held against context and system call
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
  // Events that happened and are in no record, by what they lack; see proto/loss_counters.h.
  [[nodiscard]] std::uint64_t lost() const;
};

}  // namespace socklock::analyzer
