// SPDX-License-Identifier: GPL-2.0-or-later
// Commands of an experiment, as children that an interruption ends too.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::analyzer {

// While one lives, SIGINT and SIGTERM are passed to the running child and noted in place of ending the
// program: what was done so far stays usable.
class InterruptWatch {
 public:
  InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch();
  // The signal that came, 0: none.
  [[nodiscard]] static int signal();
};

// Waits for the end. The status, or 128 + n where signal n ended it; 127 where it could not be started. Its
// standard output goes to our standard error: ours is for the report.
Result<int> run_program(std::vector<std::string> arguments);
// Nothing to do where the line is empty. An error when the status is not 0.
Result<void> run_line(const std::string& line, const std::string& what);

// socklock-record beside this program, else by PATH.
std::string recorder_path();

}  // namespace socklock::analyzer
