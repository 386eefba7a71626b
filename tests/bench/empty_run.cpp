// SPDX-License-Identifier: GPL-2.0-or-later
// empty_run SECONDS: what the kernel says that a run of a program took that does nothing, in ns: that much of every
// run it measures is its own reading of the clock (kernel.bpf_stats_enabled; kernel/trace/bpf_trace.c).
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "empty_program.skel.h"

int main(int argc, char** argv) {
  empty_program_bpf* const programs = argc == 2 ? empty_program_bpf__open_and_load() : nullptr;
  if (programs == nullptr || empty_program_bpf__attach(programs) != 0) {
    std::fprintf(stderr, "empty_run: usage: empty_run SECONDS, as root\n");
    return 1;
  }
  usleep(static_cast<useconds_t>(std::atof(argv[1]) * 1e6));
  bpf_prog_info info{};
  __u32 size = sizeof info;
  const bool is_known = bpf_obj_get_info_by_fd(bpf_program__fd(programs->progs.empty), &info, &size) == 0;
  empty_program_bpf__destroy(programs);
  if (!is_known || info.run_cnt == 0 || info.run_time_ns == 0) {
    std::fprintf(stderr, "empty_run: nothing was measured: kernel.bpf_stats_enabled is off\n");
    return 1;
  }
  std::printf("%.1f\n", static_cast<double>(info.run_time_ns) / static_cast<double>(info.run_cnt));
  return 0;
}
