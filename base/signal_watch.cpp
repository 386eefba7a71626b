// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/signal_watch.h"

#include <poll.h>

#include <ctime>
#include <utility>

namespace socklock {
namespace {

constexpr std::array kWatched{SIGINT, SIGTERM, SIGHUP, SIGCHLD};

volatile std::sig_atomic_t noted = 0;

void note(int number) {
  if (number != SIGCHLD) noted = number;
}

}  // namespace

SignalWatch::SignalWatch() {
  noted = 0;
  sigset_t watched;
  sigemptyset(&watched);
  for (std::size_t i = 0; i < kWatched.size(); ++i) {
    sigaction(kWatched[i], nullptr, &actions_before_[i]);
    if (actions_before_[i].sa_handler == SIG_IGN && kWatched[i] != SIGCHLD) continue;
    struct sigaction action {};
    action.sa_handler = note;
    sigaction(kWatched[i], &action, nullptr);
    sigaddset(&watched, kWatched[i]);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &watched, &mask_before_);
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < kWatched.size(); ++i) sigaction(kWatched[i], &actions_before_[i], nullptr);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

int SignalWatch::take(int timeout_ms) {
  if (noted == 0) {
    const timespec timeout{timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
    ppoll(nullptr, 0, &timeout, &mask_before_);
  }
  return std::exchange(noted, 0);
}

int SignalWatch::pending() {
  const timespec no_time{};
  ppoll(nullptr, 0, &no_time, &mask_before_);
  return noted;
}

}  // namespace socklock
