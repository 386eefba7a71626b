// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel counts of a program's runs.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "socklock/trace/v1/header.pb.h"

struct bpf_program;

namespace socklock::collector {

// Nothing where the program is not loaded.
std::optional<bpf_prog_info> info_of(const bpf_program* program);

// Of a program so far.
struct ProgramRuns {
  std::string_view name;
  std::uint64_t time_ns = 0;  // where the kernel measures it
  std::uint64_t missed = 0;   // since it was running already (recursion)
};

// Runs, their time in ns where kernel.bpf_stats_enabled is on, and those that the kernel left out. Unchanged where the
// program is not loaded.
void set_runs(const bpf_program* program, trace::v1::Probe& probe);

}  // namespace socklock::collector
