// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace socklock::collector {

// The calling thread goes before all others of normal scheduling, and with it those that it starts, for as long as this
// lives: for a quarter of a second of work that a host with 20 threads waiting for 2 CPUs would stretch to four, during
// which nothing is recorded. Without the right to it (CAP_SYS_NICE) nothing happens.
class HighPriority {
 public:
  HighPriority();
  HighPriority(const HighPriority&) = delete;
  HighPriority& operator=(const HighPriority&) = delete;
  ~HighPriority();

 private:
  int before_ = 0;
  bool is_raised_ = false;
};

}  // namespace socklock::collector
