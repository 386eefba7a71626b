// SPDX-License-Identifier: GPL-2.0-or-later
// What the network namespaces of this host are called.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace socklock::collector {

// Inode of the network namespace of process 1, or of this process where that may not be asked. Remembered from the
// first call, which is to be made while the recorder still has its rights; 0: not known.
std::uint64_t host_network_namespace();

// By inode: names that `ip netns` and container engines gave in `folder`, and "host". Others have none.
std::map<std::uint64_t, std::string> network_namespace_names(const std::string& folder = "/run/netns");

}  // namespace socklock::collector
