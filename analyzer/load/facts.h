// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording says of itself: host, recorder, workload.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

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
  std::uint32_t cpus_online = 0;   // 0: not recorded
  std::uint64_t memory_bytes = 0;  // 0: not recorded
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
  std::uint64_t wall_start_ns = 0;  // 0: not recorded
  std::uint64_t interval_ns = 0;
  HostFacts host;
  std::string recorder_version;
  std::uint32_t level = 0;
  std::vector<ProbeFacts> probes;
  std::vector<std::string> notes;  // what could not be seen, in the recorder's words
  WorkloadFacts workload;
  SpinlockMode spinlock_mode = SpinlockMode::kUnknown;
  bool stacks_sampled = false;  // else every wait has its call stack, or none has
  bool knows_off_cpu = false;   // how long holders did not run: HoldSample::off_cpu_ns
  std::uint32_t cpu_profile_hz = 0;
  double max_overhead_percent = 0;  // bound of the recording's cost, of all CPUs; 0: none
  std::uint32_t work_rules = 0;     // Recorder.work_rules in header.proto: what counts as work
  bool knows_run_delay = false;     // what of waits was for a CPU
  std::uint64_t min_wait_ns = 0;    // shorter waits are in the sums only, without event and stack; 0: none is
  std::string origin;               // the importer; empty: socklock-record
  trace::Knows knows;               // what the origin can say
};

// Whether single waits were seen, and not only sums: else there are no quantiles.
inline bool knows_distribution(const RunFacts& facts) { return facts.knows.distribution; }

}  // namespace socklock::analyzer
