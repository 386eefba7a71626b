// SPDX-License-Identifier: GPL-2.0-or-later
// dtrace(1) as a child: what it prints and what it says, line by line.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_process.h"
#include "base/result.h"

namespace socklock::collector {

class DtraceProcess {
 public:
  // Found in PATH, else where FreeBSD has it. It is in a process group of its own: a terminal's ^C, which would reach
  // it besides our own signal, makes it leave out its last block.
  static Result<DtraceProcess> start(const std::vector<std::string>& arguments);

  DtraceProcess(DtraceProcess&& other) noexcept;
  DtraceProcess& operator=(DtraceProcess&&) = delete;
  // Ended if it still runs.
  ~DtraceProcess();

  using TakeLine = std::function<Result<void>(std::string_view line)>;
  // Hands on lines that came on standard output and on standard error; waits for some, but at most so long or until
  // a signal comes. False once both are at their end.
  Result<bool> read_lines(int timeout_ms, const TakeLine& printed, const TakeLine& said);

  // Asks it to end with its last block; asked twice, it ends without.
  void interrupt();
  void end_now();
  // Exit status, 128+n after signal n.
  int wait();

 private:
  struct Pipe {
    int fd = -1;
    std::string rest;  // of a line whose end did not come yet
  };
  DtraceProcess(ChildProcess child, int out_fd, int err_fd);
  static Result<void> take(Pipe& pipe, const TakeLine& take_line);

  ChildProcess child_;
  Pipe out_, err_;
};

}  // namespace socklock::collector
