// SPDX-License-Identifier: GPL-2.0-or-later
// What a terminal shows while something is worked at.
#include "analyzer/cli/work_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

namespace socklock::analyzer {
namespace {

using Clock = std::chrono::steady_clock;

// Standard error is one end of it, as long as this lives.
class Terminal {
 public:
  Terminal() : error_(dup(STDERR_FILENO)) {
    int slave = -1;
    EXPECT_EQ(openpty(&master_, &slave, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(dup2(slave, STDERR_FILENO), STDERR_FILENO);
    close(slave);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    dup2(error_, STDERR_FILENO);
    close(error_);
    close(master_);
  }
  // Waits until there is something.
  [[nodiscard]] std::string shown() const { return taken(); }
  [[nodiscard]] std::string shown_so_far() const {
    fcntl(master_, F_SETFL, O_NONBLOCK);
    return taken();
  }

 private:
  [[nodiscard]] std::string taken() const {
    std::array<char, 1024> bytes{};
    const ssize_t count = read(master_, bytes.data(), bytes.size());
    return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count)) : std::string();
  }

  int error_;
  int master_ = -1;
};

TEST(WorkLine, IsShownFromTheFirstSecondOnAndThenGone) {
  const Terminal terminal;
  const auto begin = Clock::now();
  WorkLine line("comparing");
  const std::string shown = terminal.shown();
  EXPECT_GE(Clock::now() - begin, std::chrono::seconds(1));
  EXPECT_TRUE(shown.starts_with("\r\033[Kcomparing: ")) << shown;
  line.end();
  EXPECT_TRUE(terminal.shown_so_far().ends_with("\r\033[K"));
}

TEST(WorkLine, WhatIsSoonDoneShowsNothing) {
  const Terminal terminal;
  const auto begin = Clock::now();
  { const WorkLine line("comparing"); }
  const bool was_soon_done = Clock::now() - begin < std::chrono::seconds(1);
  // This thread may have had to wait for a processor that long.
  EXPECT_TRUE(!was_soon_done || terminal.shown_so_far().empty());
}

TEST(WorkLine, AFileGetsNone) {
  ::testing::internal::CaptureStderr();
  {
    const auto begin = Clock::now();
    const WorkLine line("comparing");
    while (Clock::now() - begin < std::chrono::milliseconds(1200)) usleep(10'000);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace socklock::analyzer
