// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace socklock::collector {

void drop_capabilities() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  // Having fewer is always permitted.
  syscall(SYS_capset, &header, none.data());
}

}  // namespace socklock::collector
