// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

#include "base/units.h"

namespace socklock::collector {
namespace {

[[noreturn]] void end_at_once(int number) {
  constexpr char kWords[] = "socklock record: ended by a signal before the recording began\n";
  if (write(STDERR_FILENO, kWords, sizeof kWords - 1) < 0) _exit(128 + number);
  _exit(128 + number);
}

}  // namespace

EndsAtOnce::EndsAtOnce(bool keeps_hangups) {
  if (keeps_hangups) {
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    sigprocmask(SIG_BLOCK, &hangup, nullptr);
  }
  struct sigaction action {};
  action.sa_handler = end_at_once;
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

EndsAtOnce::~EndsAtOnce() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

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

int Signals::wait(std::uint64_t timeout_ns, int descriptor) const {
  std::array<pollfd, 2> descriptors{pollfd{fd_, POLLIN, 0}, pollfd{descriptor, POLLIN, 0}};
  const timespec timeout{static_cast<time_t>(timeout_ns / kNsPerSecond), static_cast<long>(timeout_ns % kNsPerSecond)};
  if (ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr) <= 0) return 0;
  signalfd_siginfo info{};
  while (read(fd_, &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD) return static_cast<int>(info.ssi_signo);
  return 0;
}

}  // namespace socklock::collector
