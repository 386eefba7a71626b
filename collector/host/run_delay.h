// SPDX-License-Identifier: GPL-2.0-or-later
// Whether this kernel counts how long threads are runnable without running.
#pragma once

#include <string>

namespace socklock::collector {

// `schedstat`: of any process that has run. Kernels without CONFIG_SCHED_INFO have no such file; those that do not
// count just now (kernel.task_delayacct, where it is for that only) print zeros (fs/proc/base.c, proc_pid_schedstat()).
bool counts_run_delay(const std::string& schedstat = "/proc/self/schedstat");

}  // namespace socklock::collector
