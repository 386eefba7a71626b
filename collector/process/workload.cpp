// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/process/workload.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace socklock::collector {
namespace {

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
}

// In the child: waits for a byte, then becomes the command. The error pipe closes on a successful exec.
[[noreturn]] void run_child(const std::vector<std::string>& argv, int start_fd, int error_fd, bool stdout_to_stderr) {
  char go = 0;
  if (read(start_fd, &go, 1) != 1) _exit(127);
  unblock_signals();
  if (stdout_to_stderr) dup2(STDERR_FILENO, STDOUT_FILENO);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  const int error = errno;
  if (write(error_fd, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

}  // namespace

Workload::Workload(std::vector<std::string> argv, pid_t pid, int start_fd, int error_fd)
    : argv_(std::move(argv)), pid_(pid), start_fd_(start_fd), error_fd_(error_fd) {}

Workload::Workload(Workload&& other) noexcept
    : argv_(std::move(other.argv_)),
      pid_(std::exchange(other.pid_, -1)),
      start_fd_(std::exchange(other.start_fd_, -1)),
      error_fd_(std::exchange(other.error_fd_, -1)),
      status_(other.status_) {}

Workload::~Workload() {
  // Closing the pipe ends a child that still waits for its start.
  if (start_fd_ >= 0) close(start_fd_);
  if (error_fd_ >= 0) close(error_fd_);
}

Result<Workload> Workload::prepare(const std::vector<std::string>& argv, bool stdout_to_stderr) {
  std::array<int, 2> start{}, error{};
  if (pipe2(start.data(), O_CLOEXEC) != 0 || pipe2(error.data(), O_CLOEXEC) != 0)
    return fail({std::string("cannot make a pipe: ") + std::strerror(errno), "", "", ExitCode::kKernelLacks});
  const pid_t pid = fork();
  if (pid < 0) return fail({std::string("cannot fork: ") + std::strerror(errno), "", "", ExitCode::kKernelLacks});
  if (pid == 0) {
    close(start[1]);
    close(error[0]);
    run_child(argv, start[0], error[1], stdout_to_stderr);
  }
  close(start[0]);
  close(error[1]);
  return Workload(argv, pid, start[1], error[0]);
}

Result<void> Workload::start() {
  const char go = 1;
  const bool told = write(start_fd_, &go, 1) == 1;
  close(std::exchange(start_fd_, -1));
  int error = 0;
  const bool refused = !told || read(error_fd_, &error, sizeof error) == sizeof error;
  close(std::exchange(error_fd_, -1));
  if (!refused) return {};
  wait();
  return fail(
      {std::string("cannot run the command: ") + std::strerror(error), "'" + argv_[0] + "'", "", ExitCode::kUsage});
}

std::optional<int> Workload::poll() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = exit_status(status);
  return status_;
}

int Workload::wait() {
  int status = 0;
  while (!status_) {
    if (waitpid(pid_, &status, 0) == pid_)
      status_ = exit_status(status);
    else if (errno != EINTR)
      status_ = 127;
  }
  return *status_;
}

void Workload::send_signal(int signal) const {
  if (!status_) kill(pid_, signal);
}

}  // namespace socklock::collector
