// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/work_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>
#include <utility>

namespace socklock::analyzer {

WorkLine::WorkLine(std::string what) : what_(std::move(what)) {
  if (isatty(STDERR_FILENO) == 0) return;
  try {
    thread_ = std::thread([this] { show_until_the_end(); });
  } catch (const std::system_error&) {
    // No thread is to be had: the work matters, not the line.
  }
}

WorkLine::~WorkLine() { end(); }

void WorkLine::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void WorkLine::show_until_the_end() {
  constexpr std::chrono::seconds kStep{1};
  bool is_shown = false;
  std::unique_lock lock(mutex_);
  for (auto next = begin_ + kStep; !ended_.wait_until(lock, next, [this] { return is_over_; }); next += kStep) {
    is_shown = true;
    fmt::print(stderr, "\r\033[K{}: {} s", what_,
               std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin_).count());
    std::fflush(stderr);
  }
  if (is_shown) fmt::print(stderr, "\r\033[K");
}

}  // namespace socklock::analyzer
