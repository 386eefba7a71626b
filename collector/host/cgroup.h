// SPDX-License-Identifier: GPL-2.0-or-later
// A cgroup v2 folder as the kernel's programs know it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace socklock::collector {

struct Cgroup {
  std::uint64_t id;     // inode of the folder
  std::uint32_t level;  // depth below the root, which has level 0
};

// `path`: of the folder, or relative to the mount point of cgroup v2.
Result<Cgroup> find_cgroup(const std::string& path);

}  // namespace socklock::collector
