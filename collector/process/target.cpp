// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/target.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace socklock::collector {

Target::Target(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

Target::Target(Target&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

Target::~Target() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Target> Target::find(pid_t pid) {
  // glibc has no pidfd_open() before 2.36.
  const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) {
    const int error = errno;
    const std::string where = fmt::format("-p {}", pid);
    if (error == ESRCH) return fail({"there is no such process", where, "", ExitCode::kUsage});
    // A thread that does not lead its process is EINVAL, or ENOENT from Linux 6.14 on (kernel/pid.c).
    if (error == EINVAL || error == ENOENT)
      return fail(
          {"this is a thread, not a process", where, "give its process: Tgid in /proc/PID/status", ExitCode::kUsage});
    return fail(
        {std::string("cannot follow the process: ") + std::strerror(error), where, "", ExitCode::kNotPermitted});
  }
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)), name);
  return Target(descriptor, std::move(name));
}

bool Target::has_ended() const {
  pollfd ended{descriptor_, POLLIN, 0};
  return poll(&ended, 1, 0) > 0;
}

}  // namespace socklock::collector
