// SPDX-License-Identifier: GPL-2.0-or-later
// The probes of level 1, and what the kernel says to each: attached, or why not and what would help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "socklock/trace/v1/header.pb.h"

struct btf;

namespace socklock::collector {

// What a recording has to count for a probe to be worth its cost.
enum class WhenWanted {
  kAlways,
  kForConnections,  // one by one: the kernel's own counters can't be read, or are of more than what is recorded
  kForFilteredConnections,
  kForOpenedConnections,  // those alone, where the kernel's own counters tell the others
  kForOperations,
};

struct ProbeInfo {
  std::string_view program;  // name of the BPF program
  std::string_view tracepoint;
  bool required;           // without it there is nothing to record
  std::string_view since;  // first kernel version that has the tracepoint
  std::string_view gives;  // for people
  WhenWanted wanted = WhenWanted::kAlways;
};

const std::vector<ProbeInfo>& probe_table();
// Of a program in the table.
const ProbeInfo& probe_info(std::string_view program);

// Errors of the machine as a whole: no BTF, a kernel before 5.19. `kernel_btf` may be null.
Result<void> check_kernel(const btf* kernel_btf);
bool has_tracepoint(const btf* kernel_btf, std::string_view name);

// The reason that probes of level 2 are not attached when nobody wanted them.
inline constexpr std::string_view kNotWanted = "left out by --level 1";

}  // namespace socklock::collector
