// SPDX-License-Identifier: GPL-2.0-or-later
// What ends a recording from outside: signals, before it begins and while it runs.
#pragma once

#include <array>
#include <csignal>
#include <cstdint>

namespace socklock::collector {

// While this lives SIGINT, SIGTERM and SIGHUP end the process at once, with status 128 + n: there is nothing yet that
// would have to be ended in order. They did before, too, but where they were ignored, as in a shell's background.
class EndsAtOnce {
 public:
  // A service takes SIGHUP for the wish of a new trace: it waits until somebody reads it.
  explicit EndsAtOnce(bool keeps_hangups);
  EndsAtOnce(const EndsAtOnce&) = delete;
  EndsAtOnce& operator=(const EndsAtOnce&) = delete;
  ~EndsAtOnce();

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// SIGINT, SIGTERM, SIGHUP and SIGCHLD as a descriptor, blocked for the life of this process.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  // The first signal but SIGCHLD that came within the time, or 0. SIGCHLD and what makes `descriptor` readable end the
  // wait early; -1: none.
  [[nodiscard]] int wait(std::uint64_t timeout_ns, int descriptor = -1) const;

 private:
  int fd_;
};

}  // namespace socklock::collector
