// SPDX-License-Identifier: GPL-2.0-or-later
// The command whose run is recorded: forked early, started when the recording is.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::collector {

class Workload {
 public:
  // Forks a child that waits for start(). Signals are unblocked in it. With `stdout_to_stderr` its
  // standard output goes to standard error, because ours carries the trace.
  static Result<Workload> prepare(const std::vector<std::string>& argv, bool stdout_to_stderr);

  Workload(Workload&& other) noexcept;
  Workload& operator=(Workload&&) = delete;
  // A child that was never started is ended.
  ~Workload();

  // Error when the command can't be executed (usage: there is no such program).
  Result<void> start();
  // Exit status, 128+n when signal n ended it; nothing while it runs.
  std::optional<int> poll();
  int wait();
  void send_signal(int signal) const;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::vector<std::string>& argv() const { return argv_; }

 private:
  Workload(std::vector<std::string> argv, pid_t pid, int start_fd, int error_fd);
  std::vector<std::string> argv_;
  pid_t pid_;
  int start_fd_;
  int error_fd_;
  std::optional<int> status_;
};

}  // namespace socklock::collector
