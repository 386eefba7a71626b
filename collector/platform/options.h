// SPDX-License-Identifier: GPL-2.0-or-later
// What the user asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace socklock::collector {

// A host that is recorded permanently: one trace after another in one folder.
struct ServiceOptions {
  bool wanted = false;
  std::string folder;
  std::uint64_t max_bytes = 1ULL << 30;    // of all traces together
  double max_age_seconds = 0;              // older traces are removed; 0: none is
  std::uint64_t rotate_bytes = 64U << 20;  // a new trace when one has grown so large
  double rotate_seconds = 3600;            // or so long
};

// Between summaries, where the user does not say it: at first, and when the recording is older than kFirstIntervalsNs.
inline constexpr std::uint64_t kFirstIntervalNs = 500'000'000;
inline constexpr std::uint64_t kFirstIntervalsNs = 10'000'000'000;
inline constexpr std::uint64_t kLaterIntervalNs = 1'000'000'000;

struct RecordOptions {
  std::string output;  // file; "-": standard output; empty: a new name in this folder
  bool overwrite = false;
  std::string label;
  double duration_seconds = 0;      // 0: until the command ends or a signal comes
  std::uint64_t interval_ns = 0;    // between summaries; 0: as above
  std::uint32_t pid = 0;            // 0: all processes
  std::string cgroup;               // folder of a cgroup v2; empty: all
  std::string work = "auto";        // what is counted of what the host does: "connections", "operations", "none"
  std::string stacks = "sampled";   // which waits get their call stack: "all", "sampled", "off"
  double max_overhead_percent = 0;  // of the host's CPU time; 0: no bound
  std::uint32_t map_megabytes = 24;
  std::uint64_t min_wait_ns = 0;  // shorter waits get neither event nor call stack; 0: all do
  ServiceOptions service;
  std::string metrics;               // file in the OpenMetrics text format, rewritten every interval; empty: none
  std::uint32_t level = 0;           // capability level not to go beyond; the command line has the default
  std::uint32_t cpu_profile_hz = 0;  // 0: no samples of the CPU
  bool probe_spinlocks = false;      // count acquisitions of the tables' locks where spinlocks are taken
  bool redact = false;
  bool socket_addresses = false;  // in the trace; else local ports only
  bool quiet = false;
  bool forward_exit = false;
  std::vector<std::string> command;        // empty: record the live host
  std::vector<std::string> recorder_argv;  // our own command line, for the header
};

}  // namespace socklock::collector
