// SPDX-License-Identifier: GPL-2.0-or-later
// A line on a terminal that says how far a long piece of reading is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace socklock::analyzer {

// On standard error, if that is a terminal, from the first second on; gone at the end.
class ProgressLine {
 public:
  // `total_bytes` 0: not known, as of a pipe.
  explicit ProgressLine(std::uint64_t total_bytes);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  // Whether anybody looks.
  [[nodiscard]] bool is_on() const { return is_on_; }
  // Called by several threads, one of which shows it.
  void show(std::uint64_t bytes_read);

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_on_;
  const std::uint64_t total_bytes_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<Clock::rep> next_ = Clock::duration(std::chrono::seconds(1)).count();
  std::atomic<bool> is_shown_ = false;
};

}  // namespace socklock::analyzer
