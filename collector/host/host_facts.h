// SPDX-License-Identifier: GPL-2.0-or-later
// What the header says about the host, and the host's own counters, from /proc and /sys.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "socklock/trace/v1/header.pb.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::collector {

// What can't be read stays empty.
trace::v1::Host read_host();

// True when the CPU says that it is virtual (CPUID hypervisor bit).
bool has_hypervisor_bit();

// 32 random hex digits.
std::string make_run_id();

// Counters of the host since boot.
struct HostCounters {
  trace::v1::HostCpu cpu;                        // totals since boot
  std::uint64_t switches = 0;                    // of tasks, on all CPUs
  std::map<std::string, std::uint64_t> network;  // "Tcp.ActiveOpens" -> count, of /proc/net/snmp and netstat
};
HostCounters read_host_counters();
// What changed from `before` to `after`, into the interval; counters that stood still are left out.
void add_host_counters(const HostCounters& before, const HostCounters& after, trace::v1::Interval& interval);

// User and system time of this process so far.
std::uint64_t own_cpu_ns();
std::uint64_t own_rss_bytes();

}  // namespace socklock::collector
