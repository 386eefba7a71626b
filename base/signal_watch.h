// SPDX-License-Identifier: GPL-2.0-or-later
// SIGINT, SIGTERM and SIGHUP noted instead of ending the program, so that what was begun is ended in good order.
#pragma once

#include <csignal>

#include <array>
#include <cstdint>

namespace socklock {

// One at a time. What was ignored when it began, as SIGHUP under nohup and SIGINT in a shell's background job, stays
// ignored. SIGPIPE is ignored from then on: a reader that went away is an error of write(), which can be told.
class SignalWatch {
 public:
  SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  // A signal that came and was not taken is forgotten: who would still heed it asks pending() first.
  ~SignalWatch();

  // The last signal that came and was not taken yet, or 0. Waits at most so long for one; returns early when a child
  // changed its state.
  [[nodiscard]] int take(int timeout_ms);
  // The same; returns early also when there is something to read from `descriptor`, -1: none.
  [[nodiscard]] int take_within(std::uint64_t timeout_ns, int descriptor = -1);
  // The same without taking it or waiting for it.
  [[nodiscard]] int pending();

 private:
  // They are blocked but while we wait, so that they interrupt nothing else, and none is missed in between.
  sigset_t mask_before_{};
  std::array<struct sigaction, 4> actions_before_{};
};

}  // namespace socklock
