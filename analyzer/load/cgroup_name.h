// SPDX-License-Identifier: GPL-2.0-or-later
// Cgroups by names that people know them by.
#pragma once

#include <string>
#include <string_view>

namespace socklock::analyzer {

// The path of a cgroup in words:
//   pods of Kubernetes       "pod 3b1c…-…/0123456789ab", the pod's uid and the container's id, as kubectl and crictl
//   say Docker, podman, others   "docker 0123456789ab", "podman 0123456789ab": the id's first 12 digits LXC "lxc name"
//   systemd                  "nginx.service", "user 1000: session-3.scope"; below a unit: "nginx.service/worker"
// Any other path is its own name, "" is "(not known)".
std::string cgroup_name(std::string_view path);

}  // namespace socklock::analyzer
