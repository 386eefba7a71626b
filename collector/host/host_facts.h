// SPDX-License-Identifier: GPL-2.0-or-later
// What the header says about the host, and the host's own counters, from /proc and /sys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collector/host/network_counters.h"
#include "collector/host/proc_file.h"
#include "socklock/trace/v1/header.pb.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::collector {

// What can't be read stays empty.
trace::v1::Host read_host();

// Empty where the kernel does not say.
std::string boot_id();

// True when the CPU says that it is virtual (CPUID hypervisor bit).
bool has_hypervisor_bit();

// 32 random hex digits.
std::string make_run_id();

// Counters of the host since boot.
struct HostCounters {
  trace::v1::HostCpu cpu;      // totals since boot
  std::uint64_t switches = 0;  // of tasks, on all CPUs
  // In which a task waited for a CPU; nothing: the kernel does not say.
  std::optional<std::uint64_t> cpu_pressure_ns;
  NetworkCounters network;
};
// Reads these, and what this process needs itself. Made by one thread, whose network namespace and process it reads of.
class HostReader {
 public:
  HostCounters read();
  std::uint64_t own_rss_bytes();

 private:
  ProcFile stat_{"/proc/stat"};
  ProcFile cpu_pressure_{"/proc/pressure/cpu"};
  ProcFile statm_{"/proc/self/statm"};
  NetworkReader network_;
};
// What changed from `before` to `after`, into the interval; counters that stood still are left out.
void add_host_counters(const HostCounters& before, const HostCounters& after, trace::v1::Interval& interval);

// User and system time of this process so far.
std::uint64_t own_cpu_ns();

}  // namespace socklock::collector
