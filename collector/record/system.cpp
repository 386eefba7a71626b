// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/platform/system.h"

#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace socklock::collector {

std::vector<RefusedOption> refused_options() { return {}; }

LevelOption level_option() {
  return {2, "1: contention only; 2: acquisitions, hold times and holders, too, where the kernel permits it"};
}

std::string recorded_with() {
  constexpr const char* kKernelBtf = "/sys/kernel/btf/vmlinux";
  return std::string("\nlibbpf ") + (libbpf_version_string() + 1) +  // behind its v
         "\nBTF of this kernel: " + (access(kKernelBtf, R_OK) == 0 ? kKernelBtf : std::strerror(errno));
}

}  // namespace socklock::collector
