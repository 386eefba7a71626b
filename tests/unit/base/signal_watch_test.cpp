// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/signal_watch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "base/child_process.h"

namespace socklock {
namespace {

// Of a process that does that: its exit status, or 128 + n after signal n.
int status_of(const std::function<int()>& part) {
  const pid_t child = fork();
  if (child == 0) _exit(part());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(SignalWatchTest, TellsWhatCame) {
  EXPECT_EQ(status_of([] {
              SignalWatch signals;
              kill(getpid(), SIGTERM);
              return signals.pending() == SIGTERM && signals.take(0) == SIGTERM && signals.take(0) == 0 ? 0 : 1;
            }),
            0);
}

// A service whose disk was full, and which was told to rotate at that moment, ended by SIGHUP: a clean end to systemd,
// and without a word.
TEST(SignalWatchTest, WhatCameTooLateDoesNotEndTheProgram) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    EXPECT_EQ(status_of([number] {
                {
                  const SignalWatch signals;
                  kill(getpid(), number);
                }
                return 3;
              }),
              3);
}

TEST(SignalWatchTest, ThenSignalsEndItAsBefore) {
  EXPECT_EQ(status_of([] {
              { const SignalWatch signals; }
              raise(SIGTERM);
              return 0;
            }),
            128 + SIGTERM);
}

// There it is the program that is told to end.
TEST(SignalWatchTest, WhatComesWhileAProgramRunsEndsUsToo) {
  EXPECT_EQ(status_of([] {
              ChildOptions options;
              options.argv = {"sh", "-c", "kill -TERM " + std::to_string(getpid())};
              const auto ran = run_to_end(options);
              return ran ? 0 : 1;
            }),
            128 + SIGTERM);
}

}  // namespace
}  // namespace socklock
