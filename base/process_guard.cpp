// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/process_guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace socklock {
namespace {

constexpr int kLookMs = 50;

std::mutex guards_mutex;
std::vector<pid_t>& guards() {
  static std::vector<pid_t> pids;
  return pids;
}

// Of the rights of a recorder that is to give up its own, what ending another user's process takes, and no more.
void keep_the_right_to_kill() {
#ifdef __linux__
  constexpr int kSetName = 15, kSetNoNewPrivileges = 38;  // PR_SET_NAME, PR_SET_NO_NEW_PRIVS of linux/prctl.h
  syscall(SYS_prctl, kSetName, "socklock-guard", 0UL, 0UL, 0UL);
  syscall(SYS_prctl, kSetNoNewPrivileges, 1UL, 0UL, 0UL, 0UL);
  // _LINUX_CAPABILITY_VERSION_3 and what capset(2) takes by it, of linux/capability.h.
  struct {
    std::uint32_t version = 0x20080522;
    int pid = 0;
  } header;
  struct Rights {
    std::uint32_t effective = 0, permitted = 0, inheritable = 0;
  };
  constexpr std::uint32_t kMayKill = 1U << 5;  // CAP_KILL
  std::array<Rights, 2> rights{};
  if (syscall(SYS_capget, &header, rights.data()) != 0) rights = {};
  const std::uint32_t kept = rights[0].permitted & kMayKill;
  rights = {Rights{kept, kept, 0}, Rights{}};
  syscall(SYS_capset, &header, rights.data());
#endif
}

// In a child of a process that may have threads: nothing is allocated.
[[noreturn]] void stand_guard(int life_fd, pid_t target, int patience_ms) {
  // What a terminal, or a shell's kill, sends to the parent's group is not for this one.
  setpgid(0, 0);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) signal(number, SIG_IGN);
  // Descriptors that stay open would keep a reader of the parent's output from seeing its end.
  dup2(life_fd, STDIN_FILENO);
  closefrom(STDIN_FILENO + 1);
  keep_the_right_to_kill();
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  kill(target, SIGTERM);
  kill(target, SIGCONT);  // who is stopped could not obey
  for (int waited_ms = 0; waited_ms < patience_ms && kill(target, 0) == 0; waited_ms += kLookMs)
    poll(nullptr, 0, kLookMs);
  kill(target, SIGKILL);
  _exit(0);
}

}  // namespace

ProcessGuard::ProcessGuard(ProcessGuard&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), life_fd_(std::exchange(other.life_fd_, -1)) {}

ProcessGuard::~ProcessGuard() { dismiss(); }

Result<ProcessGuard> ProcessGuard::start(pid_t target, std::chrono::milliseconds patience) {
  const auto failed = [](const char* what) {
    return fail({std::string(what) + ": " + std::strerror(errno), "", "", ExitCode::kKernelLacks});
  };
  std::array<int, 2> life{};
  if (pipe2(life.data(), O_CLOEXEC) != 0) return failed("cannot make a pipe");
  const pid_t pid = fork();
  if (pid == 0) stand_guard(life[0], target, static_cast<int>(patience.count()));
  const int error = errno;
  close(life[0]);
  if (pid < 0) {
    close(life[1]);
    errno = error;
    return failed("cannot fork");
  }
  const std::lock_guard lock(guards_mutex);
  guards().push_back(pid);
  return ProcessGuard(pid, life[1]);
}

void ProcessGuard::dismiss() {
  if (pid_ <= 0) return;
  // Before its pipe closes.
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  close(life_fd_);
  const std::lock_guard lock(guards_mutex);
  std::erase(guards(), std::exchange(pid_, -1));
}

bool ProcessGuard::is_one(pid_t pid) {
  const std::lock_guard lock(guards_mutex);
  return std::find(guards().begin(), guards().end(), pid) != guards().end();
}

}  // namespace socklock
