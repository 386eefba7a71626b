// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/dtrace/signal_watch.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace socklock::collector {
namespace {

std::atomic<int> noted = 0;

void note(int number) { noted = number; }

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

}  // namespace

SignalWatch::SignalWatch() {
  handle(note);
  // A reader of the trace that went away is an error of write(), which can be told to the user.
  signal(SIGPIPE, SIG_IGN);
}

SignalWatch::~SignalWatch() { handle(SIG_DFL); }

int SignalWatch::take() { return noted.exchange(0); }

}  // namespace socklock::collector
