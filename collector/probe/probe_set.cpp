// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/probe_set.h"

#include <bpf/btf.h>
#include <sys/utsname.h>

#include <algorithm>

namespace socklock::collector {
namespace {

std::string kernel_release() {
  utsname name{};
  return uname(&name) == 0 ? name.release : "unknown";
}

}  // namespace

const std::vector<ProbeInfo>& probe_table() {
  static const std::vector<ProbeInfo> kProbes{
      {"contention_end", "contention_end", true, "5.19", "the end of every wait"},
      {"sched_switch", "sched_switch", false, "5.19", "waits for the owner of a socket in lock_sock()"},
      {"inet_sock_set_state", "inet_sock_set_state", false, "4.16",
       "connections opened, accepted and closed, one by one", WhenWanted::kForConnections},
      {"connection_opened", "inet_sock_set_state", false, "4.16", "connections opened",
       WhenWanted::kForOpenedConnections},
      {"sock_send_length", "sock_send_length", false, "6.3", "send operations and bytes", WhenWanted::kForOperations},
      {"sock_recv_length", "sock_recv_length", false, "6.3", "receive operations and bytes",
       WhenWanted::kForOperations},
      {"contended_release", "contended_release", false, "7.2",
       "who had a lock that waiters sleep for, as it gives it up"},
      // After the ends: a begin without an attached end would leave its slot taken.
      {"contention_begin", "contention_begin", true, "5.19", "the begin of every wait"},
      {"sys_exit", "sys_exit", false, "4.16", "connections that a process accepted",
       WhenWanted::kForFilteredConnections},
  };
  return kProbes;
}

const ProbeInfo& probe_info(std::string_view program) {
  const auto& table = probe_table();
  return *std::find_if(table.begin(), table.end(), [=](const ProbeInfo& info) { return info.program == program; });
}

bool has_tracepoint(const btf* kernel_btf, std::string_view name) {
  return btf__find_by_name_kind(kernel_btf, ("btf_trace_" + std::string(name)).c_str(), BTF_KIND_TYPEDEF) > 0;
}

Result<void> check_kernel(const btf* kernel_btf) {
  if (!kernel_btf)
    return fail({"this kernel carries no type information (BTF)", "/sys/kernel/btf/vmlinux",
                 "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; those of Debian 12 and later are",
                 ExitCode::kKernelLacks});
  if (!has_tracepoint(kernel_btf, "contention_begin"))
    return fail({"this kernel has no tracepoint lock:contention_begin", "Linux " + kernel_release(),
                 "Linux 5.19 or later is needed", ExitCode::kKernelLacks});
  return {};
}

}  // namespace socklock::collector
