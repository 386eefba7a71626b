// SPDX-License-Identifier: GPL-2.0-or-later
// SIGINT, SIGTERM, SIGHUP and SIGCHLD as a descriptor, blocked for the life of this process.
#pragma once

namespace socklock::collector {

class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  // The first signal but SIGCHLD that came within the time, or 0.
  [[nodiscard]] int wait(int timeout_ms) const;

 private:
  int fd_;
};

}  // namespace socklock::collector
