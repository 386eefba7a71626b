// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace socklock::collector {

bool is_run_by_root() { return getuid() == 0; }

void drop_capabilities(bool has_command) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> kept{};
  if (has_command && syscall(SYS_capget, &header, kept.data()) != 0) kept = {};
  const std::uint32_t may_kill = kept[0].permitted & (1U << CAP_KILL);
  kept = {};
  kept[0].effective = kept[0].permitted = may_kill;
  // Having fewer is always permitted.
  syscall(SYS_capset, &header, kept.data());
}

}  // namespace socklock::collector
