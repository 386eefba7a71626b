// SPDX-License-Identifier: GPL-2.0-or-later
// SIGINT, SIGTERM and SIGHUP noted, as portably as can be; they wake a poll(). One of these at a time.
#pragma once

namespace socklock::collector {

class SignalWatch {
 public:
  SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();

  // The last that came since the last call; 0: none.
  static int take();
};

}  // namespace socklock::collector
