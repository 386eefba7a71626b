// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/program_runs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

namespace socklock::collector {

std::optional<bpf_prog_info> info_of(const bpf_program* program) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) return std::nullopt;
  return info;
}

void set_runs(const bpf_program* program, trace::v1::Probe& probe) {
  const auto info = info_of(program);
  if (!info) return;
  probe.set_run_count(info->run_cnt);
  probe.set_run_time_ns(info->run_time_ns);
  probe.set_recursion_misses(info->recursion_misses);
}

}  // namespace socklock::collector
