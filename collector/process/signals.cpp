// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace socklock::collector {

Signals::Signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&wanted, number);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  // A reader of the trace that went away is an error of write(), which can be told to the user.
  signal(SIGPIPE, SIG_IGN);
  fd_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

Signals::~Signals() { close(fd_); }

int Signals::wait(int timeout_ms) const {
  pollfd descriptor{fd_, POLLIN, 0};
  if (poll(&descriptor, 1, timeout_ms) <= 0) return 0;
  signalfd_siginfo info{};
  while (read(fd_, &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD) return static_cast<int>(info.ssi_signo);
  return 0;
}

}  // namespace socklock::collector
