// SPDX-License-Identifier: GPL-2.0-or-later
// Ends a child where its parent could not: a small process beside it, which outlives a parent that was killed.
#pragma once

#include <sys/types.h>

#include <chrono>

#include "base/result.h"

namespace socklock {

// The kernel would send a signal to the child at its parent's death, too (prctl(2), PR_SET_PDEATHSIG), but to the child
// alone and not to what it started, and when the thread ends that forked it rather than the process.
class ProcessGuard {
 public:
  // From now on `target`, a process or the group -`target`, ends with this process, however that ends: SIGTERM, then,
  // to what still runs `patience` later, SIGKILL. Error: no process can be made.
  static Result<ProcessGuard> start(pid_t target, std::chrono::milliseconds patience);
  ProcessGuard(ProcessGuard&& other) noexcept;
  ProcessGuard& operator=(ProcessGuard&&) = delete;
  ~ProcessGuard();

  // The target has ended, or is to live on.
  void dismiss();
  // Whether a child of ours is one of these.
  static bool is_one(pid_t pid);

 private:
  ProcessGuard(pid_t pid, int life_fd) : pid_(pid), life_fd_(life_fd) {}

  pid_t pid_;
  int life_fd_;  // the end of a pipe that nobody else has open: it closes with us
};

}  // namespace socklock
