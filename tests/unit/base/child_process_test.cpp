// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/signal_watch.h"

namespace socklock {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

ChildOptions shell(const std::string& line) { return {.argv = {"sh", "-c", line}}; }

// A child whose standard output we read.
struct Listened {
  int read_fd;
  ChildProcess child;
};

Listened listened(const std::string& line) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  ChildOptions options = shell(line);
  options.output_fd = ends[1];
  auto child = ChildProcess::start(options);
  EXPECT_TRUE(child);
  close(ends[1]);
  return {ends[0], *std::move(child)};
}

std::string first_bytes(int fd) {
  std::array<char, 256> buffer{};
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

// Whether nobody has the writing end any more: every process that inherited it has ended.
bool is_closed(int fd) { return first_bytes(fd).empty(); }

TEST(ChildProcess, GivesTheExitStatus) {
  EXPECT_EQ(run_to_end(shell("exit 7")).value(), 7);
  EXPECT_EQ(run_to_end(shell("kill -KILL $$")).value(), 128 + SIGKILL);
}

TEST(ChildProcess, SaysWhyAProgramCannotRun) {
  const auto missing = ChildProcess::start({.argv = {"./no-such-program"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().exit_code, ExitCode::kUsage);
  EXPECT_EQ(missing.error().message(), "cannot run: No such file or directory: './no-such-program'");
  const auto folder = ChildProcess::start({.argv = {"/"}});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().exit_code, ExitCode::kNotPermitted);
}

TEST(ChildProcess, TakesTheFallbackWherePathHasNone) {
  EXPECT_EQ(run_to_end({.argv = {"no-such-program"}, .fallback_path = "/bin/true"}).value(), 0);
}

TEST(ChildProcess, ExecutesNothingBeforeItIsReleased) {
  const std::string mark = testing::TempDir() + "released";
  unlink(mark.c_str());
  {
    const auto child = ChildProcess::prepare(shell("touch " + mark));
    ASSERT_TRUE(child);
  }
  EXPECT_NE(access(mark.c_str(), F_OK), 0) << "destroyed unreleased";
  auto child = ChildProcess::prepare(shell("touch " + mark));
  ASSERT_TRUE(child && child->release());
  EXPECT_EQ(child->wait(), 0);
  EXPECT_EQ(access(mark.c_str(), F_OK), 0);
  unlink(mark.c_str());
}

TEST(ChildProcess, EndingItEndsAllThatItStarted) {
  auto [fd, child] = listened("sleep 60 & sleep 60 & echo up; wait");
  ASSERT_EQ(first_bytes(fd), "up\n");
  EXPECT_EQ(child.end(SIGTERM), 128 + SIGTERM);
  EXPECT_TRUE(is_closed(fd));
  close(fd);
}

TEST(ChildProcess, EndingItEndsWhatItLeftBehindWhenItEndedItself) {
  auto [fd, child] = listened("sleep 60 & echo up");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(child.end(SIGTERM), 0);
  EXPECT_EQ(first_bytes(fd), "up\n");
  EXPECT_TRUE(is_closed(fd));
  close(fd);
}

TEST(ChildProcess, WhoIgnoresTheRequestIsKilled) {
  auto [fd, child] = listened("trap '' TERM INT; echo up; while :; do sleep 0.05; done");
  ASSERT_EQ(first_bytes(fd), "up\n");
  EXPECT_EQ(child.end(SIGINT, milliseconds(200)), 128 + SIGKILL);
  EXPECT_TRUE(is_closed(fd));
  close(fd);
}

TEST(ChildProcess, AStoppedOneObeysToo) {
  auto [fd, child] = listened("echo up; kill -STOP $$; sleep 60");
  ASSERT_EQ(first_bytes(fd), "up\n");
  std::this_thread::sleep_for(milliseconds(50));
  const auto begin = Clock::now();
  EXPECT_EQ(child.end(SIGTERM), 128 + SIGTERM);
  EXPECT_LT(Clock::now() - begin, milliseconds(3000));
  close(fd);
}

TEST(ChildProcess, TheDestructorEndsIt) {
  int fd = -1;
  {
    Listened running = listened("echo up; exec sleep 60");
    fd = running.read_fd;
    ASSERT_EQ(first_bytes(fd), "up\n");
  }
  EXPECT_TRUE(is_closed(fd));
  close(fd);
}

TEST(ChildProcess, WaitsNoLongerThanItIsTold) {
  auto child = ChildProcess::start(shell("exec sleep 60"));
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->wait_for(milliseconds(30)));
  EXPECT_EQ(child->end(SIGTERM), 128 + SIGTERM);
}

// SIGHUP of nohup(1), SIGINT of a background job: what was ignored stays ignored; the rest is as a new program
// expects it, whatever we have blocked or ignored ourselves.
TEST(ChildProcess, PassesOnWhatWasIgnoredAndNothingElse) {
  signal(SIGHUP, SIG_IGN);
  std::string said;
  {
    const SignalWatch watch;
    auto [fd, child] = listened("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    EXPECT_EQ(child.wait(), 0);
    said = first_bytes(fd);
    close(fd);
  }
  signal(SIGHUP, SIG_DFL);
  EXPECT_EQ(said, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n");
}

TEST(SignalWatch, NotesWhatComesAndLeavesAloneWhatWasIgnored) {
  signal(SIGHUP, SIG_IGN);
  {
    SignalWatch watch;
    EXPECT_EQ(watch.take(0), 0);
    raise(SIGHUP);
    EXPECT_EQ(watch.take(0), 0);
    raise(SIGTERM);
    EXPECT_EQ(watch.pending(), SIGTERM);
    EXPECT_EQ(watch.take(0), SIGTERM);
    EXPECT_EQ(watch.take(0), 0);
  }
  struct sigaction action {};
  sigaction(SIGHUP, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_IGN);
  sigaction(SIGTERM, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
}

TEST(SignalWatch, ComesBackWhenAChildEnds) {
  SignalWatch watch;
  auto child = ChildProcess::start(shell("sleep 0.1"));
  const auto begin = Clock::now();
  EXPECT_EQ(watch.take(20'000), 0);
  EXPECT_LT(Clock::now() - begin, milliseconds(15'000));
}

}  // namespace
}  // namespace socklock
