// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/signal_watch.h"

#include <poll.h>

#include <ctime>
#include <utility>

#include "base/units.h"

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

// In this order: what came too late to be taken is noted, and does not end the program before it has said how it went.
SignalWatch::~SignalWatch() {
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  for (std::size_t i = 0; i < kWatched.size(); ++i) sigaction(kWatched[i], &actions_before_[i], nullptr);
}

int SignalWatch::take(int timeout_ms) { return take_within(static_cast<std::uint64_t>(timeout_ms) * 1'000'000); }

int SignalWatch::take_within(std::uint64_t timeout_ns, int descriptor) {
  if (noted == 0) {
    const timespec timeout{static_cast<time_t>(timeout_ns / kNsPerSecond),
                           static_cast<long>(timeout_ns % kNsPerSecond)};
    pollfd readable{descriptor, POLLIN, 0};
    ppoll(&readable, 1, &timeout, &mask_before_);
  }
  return std::exchange(noted, 0);
}

int SignalWatch::pending() {
  const timespec no_time{};
  ppoll(nullptr, 0, &no_time, &mask_before_);
  return noted;
}

}  // namespace socklock
