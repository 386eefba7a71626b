// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that are run as children: started, waited for, and ended with all that they started. The one place of the
// house that forks.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/process_guard.h"
#include "base/result.h"

namespace socklock {

struct ChildOptions {
  std::vector<std::string> argv;  // the first word is looked for in PATH
  std::string fallback_path{};    // executed instead where PATH does not have it; empty: none
  // What it gets as standard input, output and error; -1: what we have. They stay the caller's.
  int input_fd = -1, output_fd = -1, error_fd = -1;
  // A process group of its own, so that it can be ended with all that it started, and a terminal's Ctrl-C reaches it
  // by us only. Without, signals go to the one process: for a program that looks after its own children.
  bool own_group = true;
};

class ChildProcess {
 public:
  // How long a process that was asked to end may take before it is killed.
  static constexpr std::chrono::milliseconds kPatience{5000};

  // Forks a child that executes the program at release() only. Signals are as a new program expects them: unblocked,
  // SIGPIPE deadly; what was ignored when we were started is still ignored. Where this process is killed, the child and
  // its group are ended, too (ProcessGuard).
  static Result<ChildProcess> prepare(const ChildOptions& options);
  // prepare() and release().
  static Result<ChildProcess> start(const ChildOptions& options);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // A child that was not released never executes; one that still runs is ended as by end().
  ~ChildProcess();

  // Error when the program can't be executed: usage (there is none of that name), or not permitted.
  Result<void> release();
  // Exit status, 128 + n when signal n ended it; nothing while it runs. A child that was stopped because it wants the
  // terminal gets it, if it is ours.
  std::optional<int> poll();
  // Waits, at most so long; returns early, and with nothing, when a signal is handled.
  std::optional<int> wait_for(std::chrono::milliseconds timeout);
  int wait();
  // To its group; a stopped one goes on, to be able to obey. Nothing once it has ended.
  void send_signal(int signal) const;
  // Sends `signal`, then SIGTERM to those that ignore it, then SIGKILL: the child's exit status. Afterwards no process
  // of its group runs, also where the child itself had ended before.
  int end(int signal, std::chrono::milliseconds patience = kPatience);

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  ChildProcess(pid_t pid, bool own_group, int start_fd, int error_fd, ProcessGuard guard);
  [[nodiscard]] bool lives() const;
  bool is_gone_within(std::chrono::milliseconds patience);

  pid_t pid_;
  bool own_group_;
  int start_fd_;  // the child waits for a byte from here
  int error_fd_;  // closed by a successful exec, else errno comes
  int pid_fd_ = -1;
  std::optional<int> status_;
  ProcessGuard guard_;
};

// Replaces this process by the program; returns only where that failed, with errno. `fallback_path` as above.
int execute(const std::vector<std::string>& argv, const std::string& fallback_path);

// While one lives, processes that lost their parent become children of this one, by which they are found even where
// they left their group, as a daemon does (Linux; elsewhere none are found).
class OrphanWatch {
 public:
  OrphanWatch();
  OrphanWatch(const OrphanWatch&) = delete;
  OrphanWatch& operator=(const OrphanWatch&) = delete;
  ~OrphanWatch();

  // Children that run. Those that ended are waited for: there may be no ChildProcess then.
  static std::vector<pid_t> running();
  // Ends all but `spared`, and what they leave behind: how many that were. Asks first, kills those that run on.
  static std::size_t end_all_but(const std::vector<pid_t>& spared,
                                 std::chrono::milliseconds patience = ChildProcess::kPatience);
};

// Runs it to its end and returns the status, as poll() does. SIGINT, SIGTERM and SIGHUP end it, and then come to this
// process as they would have without it.
Result<int> run_to_end(const ChildOptions& options);

}  // namespace socklock
