// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/dtrace/dtrace_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace socklock::collector {
namespace {

constexpr const char* kElsewhere = "/usr/sbin/dtrace";
// More than dtrace prints in a line; what has no end is no reason to hold all of it.
constexpr std::size_t kLongestLineBytes = 1U << 20;

Error no_pipe_or_child() {
  return {std::string("cannot start dtrace: ") + std::strerror(errno), "", "", ExitCode::kKernelLacks};
}

// In the child: becomes dtrace, or says on the error pipe, which an exec closes, why not.
[[noreturn]] void become_dtrace(std::vector<std::string> arguments, int out_fd, int err_fd, int error_fd) {
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out_fd, STDOUT_FILENO);
  dup2(err_fd, STDERR_FILENO);
  // So that it ends when we are no more.
  signal(SIGPIPE, SIG_DFL);
  std::string name = "dtrace";
  std::vector<char*> words{name.data()};
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  execvp(name.c_str(), words.data());
  if (errno == ENOENT) execv(kElsewhere, words.data());
  const int error = errno;
  _exit(write(error_fd, &error, sizeof error) == sizeof error ? 127 : 126);
}

Error cannot_run(int error_number) {
  Error error{std::string("cannot run dtrace: ") + std::strerror(error_number), "", "", ExitCode::kKernelLacks};
  if (error_number == ENOENT)
    error.hint = "it comes with FreeBSD as /usr/sbin/dtrace; a system built WITHOUT_CDDL has none";
  if (error_number == EACCES || error_number == EPERM) error.exit_code = ExitCode::kNotPermitted;
  return error;
}

}  // namespace

DtraceProcess::DtraceProcess(pid_t pid, int out_fd, int err_fd) : pid_(pid), out_{out_fd, {}}, err_{err_fd, {}} {}

DtraceProcess::DtraceProcess(DtraceProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, {})),
      err_(std::exchange(other.err_, {})),
      status_(other.status_) {}

DtraceProcess::~DtraceProcess() {
  end_now();
  wait();
  for (const Pipe* pipe : {&out_, &err_})
    if (pipe->fd >= 0) close(pipe->fd);
}

Result<DtraceProcess> DtraceProcess::start(const std::vector<std::string>& arguments) {
  std::array<int, 2> out{}, err{}, error{};
  for (auto* ends : {&out, &err, &error})
    if (pipe2(ends->data(), O_CLOEXEC) != 0) return fail(no_pipe_or_child());
  const pid_t pid = fork();
  if (pid < 0) return fail(no_pipe_or_child());
  if (pid == 0) become_dtrace(arguments, out[1], err[1], error[1]);
  for (const auto& ends : {out, err, error}) close(ends[1]);
  DtraceProcess process(pid, out[0], err[0]);
  int error_number = 0;
  const bool refused = read(error[0], &error_number, sizeof error_number) == sizeof error_number;
  close(error[0]);
  if (refused) return fail(cannot_run(error_number));
  return process;
}

Result<void> DtraceProcess::take(Pipe& pipe, const TakeLine& take_line) {
  std::array<char, 65536> buffer;
  const ssize_t bytes = read(pipe.fd, buffer.data(), buffer.size());
  if (bytes < 0) return {};  // a signal came
  if (bytes == 0) close(std::exchange(pipe.fd, -1));
  pipe.rest.append(buffer.data(), static_cast<std::size_t>(bytes));
  std::size_t begin = 0;
  for (std::size_t end; (end = pipe.rest.find('\n', begin)) != std::string::npos; begin = end + 1)
    SOCKLOCK_TRY(take_line(std::string_view(pipe.rest).substr(begin, end - begin)));
  pipe.rest.erase(0, begin);
  const bool is_last = pipe.fd < 0 && !pipe.rest.empty();
  if (is_last || pipe.rest.size() > kLongestLineBytes) SOCKLOCK_TRY(take_line(std::exchange(pipe.rest, {})));
  return {};
}

Result<bool> DtraceProcess::read_lines(int timeout_ms, const TakeLine& printed, const TakeLine& said) {
  std::array<pollfd, 2> descriptors{{{out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}}};  // poll() passes over -1
  if (poll(descriptors.data(), descriptors.size(), timeout_ms) > 0) {
    if (descriptors[1].revents != 0) SOCKLOCK_TRY(take(err_, said));
    if (descriptors[0].revents != 0) SOCKLOCK_TRY(take(out_, printed));
  }
  return out_.fd >= 0 || err_.fd >= 0;
}

void DtraceProcess::interrupt() const {
  if (pid_ > 0 && !status_) kill(pid_, SIGINT);
}

void DtraceProcess::end_now() const {
  if (pid_ > 0 && !status_) kill(pid_, SIGKILL);
}

int DtraceProcess::wait() {
  int status = 0;
  while (pid_ > 0 && !status_) {
    if (waitpid(pid_, &status, 0) == pid_)
      status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    else if (errno != EINTR)
      status_ = 127;
  }
  return status_.value_or(127);
}

}  // namespace socklock::collector
