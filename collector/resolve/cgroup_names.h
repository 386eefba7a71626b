// SPDX-License-Identifier: GPL-2.0-or-later
// Paths of cgroups by their ids, as programs in the kernel saw them: also of those that are gone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>

#include "collector/bpf/wire.h"

namespace socklock::collector {

class CgroupNames {
 public:
  // Learns what programs have entered, and makes room for more.
  void take(std::span<socklock_cgroup> table);
  // "/system.slice/nginx.service", "/" of the root; empty where the cgroup, or one above it, was never entered.
  [[nodiscard]] std::string path(std::uint64_t id) const;

 private:
  struct Folder {
    std::uint64_t parent;  // 0: it is the root
    std::string name;
  };
  std::unordered_map<std::uint64_t, Folder> folders_;
};

}  // namespace socklock::collector
