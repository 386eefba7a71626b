// SPDX-License-Identifier: GPL-2.0-or-later
// A line on a terminal that says that something is worked at.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace socklock::analyzer {

// "comparing: 3 s" on standard error, if that is a terminal, from the first second on; gone at the end. For what does
// not know how far it is. Nothing else may be printed meanwhile.
class WorkLine {
 public:
  explicit WorkLine(std::string what);
  WorkLine(const WorkLine&) = delete;
  WorkLine& operator=(const WorkLine&) = delete;
  ~WorkLine();

  // Now instead of with its owner. No harm done twice.
  void end();

 private:
  void show_until_the_end();

  using Clock = std::chrono::steady_clock;

  const std::string what_;
  const Clock::time_point begin_ = Clock::now();
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace socklock::analyzer
