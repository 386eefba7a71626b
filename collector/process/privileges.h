// SPDX-License-Identifier: GPL-2.0-or-later
// A recorder that has attached its programs needs no rights any more.
#pragma once

namespace socklock::collector {

// Whether root started this program; else it has its rights by file capabilities, or a service manager gave them.
bool is_run_by_root();

// Gives up the capabilities of this process, permanently; of them CAP_KILL only if it has no command to end, which may
// have become another user's. What was opened and attached goes on working: only
// loading a program or making a map asks for CAP_BPF (kernel/bpf/syscall.c, __sys_bpf(), since Linux 5.19).
void drop_capabilities(bool has_command);

}  // namespace socklock::collector
