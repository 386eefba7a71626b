// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
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

// proc(5): 'T' of one that is stopped.
char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(") ");
  return name_end == std::string::npos ? 'X' : line[name_end + 2];
}

TEST(ChildProcess, GivesTheExitStatus) {
  EXPECT_EQ(run_to_end(shell("exit 7")).value(), 7);
  EXPECT_EQ(run_to_end(shell("kill -KILL $$")).value(), 128 + SIGKILL);
}

TEST(ChildProcess, ASignalEndsWhatIsRunToItsEndFirst) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    ChildOptions options = shell("trap 'sleep 0.1; echo ended; exit' TERM; echo up; while :; do sleep 0.05; done");
    options.output_fd = ends[1];
    run_to_end(options).has_value();
    _exit(1);
  }
  close(ends[1]);
  EXPECT_EQ(first_bytes(ends[0]), "up\n");
  kill(parent, SIGTERM);
  int status = 0;
  waitpid(parent, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_EQ(first_bytes(ends[0]), "ended\n");
  EXPECT_TRUE(is_closed(ends[0]));
  close(ends[0]);
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
  while (state_of(child.pid()) != 'T') std::this_thread::yield();
  EXPECT_EQ(child.end(SIGTERM), 128 + SIGTERM) << "it had to be killed";
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

// A process of ours that has started `line` with its standard output on `fd`, and waits.
pid_t parent_of(const std::string& line, int fd, bool own_group) {
  const pid_t parent = fork();
  if (parent != 0) return parent;
  ChildOptions options = shell(line);
  options.output_fd = fd;
  options.own_group = own_group;
  const auto child = ChildProcess::start(options);
  close(fd);
  for (;;) pause();
}

// kill -9 of a parent leaves it no time for anything: neither the child runs on, nor what that started, whether
// it obeys or not.
TEST(ChildProcess, EndsWithAParentThatIsKilled) {
  for (const char* line : {"sleep 60 & echo up; sleep 60; sleep 60", "sleep 60 & echo up; exec sleep 60",
                           "echo up; kill -STOP $$; sleep 60"}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t parent = parent_of(line, ends[1], true);
    close(ends[1]);
    EXPECT_EQ(first_bytes(ends[0]), "up\n");
    kill(parent, SIGKILL);
    waitpid(parent, nullptr, 0);
    EXPECT_TRUE(is_closed(ends[0])) << line;
    close(ends[0]);
  }
}

TEST(ChildProcess, OneThatLooksAfterItsOwnIsAskedWhenItsParentIsKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t parent = parent_of("trap 'kill $!; echo asked; exit' TERM; sleep 60 & echo up; wait", ends[1], false);
  close(ends[1]);
  EXPECT_EQ(first_bytes(ends[0]), "up\n");
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_EQ(first_bytes(ends[0]), "asked\n");
  EXPECT_TRUE(is_closed(ends[0]));
  close(ends[0]);
}

TEST(ChildProcess, OutlivesTheThreadThatStartedIt) {
  std::optional<Listened> running;
  std::thread([&] { running.emplace(listened("echo up; exec sleep 60")); }).join();
  EXPECT_EQ(first_bytes(running->read_fd), "up\n");
  EXPECT_FALSE(running->child.wait_for(milliseconds(100)));
  EXPECT_EQ(running->child.end(SIGTERM), 128 + SIGTERM);
  close(running->read_fd);
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

TEST(OrphanWatch, FindsWhatLeftItsGroupAndEndsIt) {
  const OrphanWatch watch;
  auto [kept_fd, kept] = listened("setsid sleep 60 & echo up");
  EXPECT_EQ(kept.wait(), 0);
  const std::vector<pid_t> spared = OrphanWatch::running();
  ASSERT_EQ(spared.size(), 1U);
  auto [fd, child] = listened("setsid sh -c 'trap \"\" TERM; sleep 60; sleep 60' & setsid sleep 60 & echo up");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_GE(OrphanWatch::end_all_but(spared, milliseconds(2000)), 2U);
  EXPECT_EQ(OrphanWatch::running(), spared);
  EXPECT_EQ(OrphanWatch::end_all_but({}), 1U);
  for (const int end : {fd, kept_fd}) {
    EXPECT_EQ(first_bytes(end), "up\n");
    EXPECT_TRUE(is_closed(end));
    close(end);
  }
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
