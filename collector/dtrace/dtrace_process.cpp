// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/dtrace/dtrace_process.h"

#include <fcntl.h>
#include <poll.h>
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

Error cannot_run(Error error) {
  error.what.replace(0, std::string_view("cannot run").size(), "cannot run dtrace");
  error.where.clear();
  if (error.exit_code != ExitCode::kUsage) return error;
  error.hint = "it comes with FreeBSD as /usr/sbin/dtrace; a system built WITHOUT_CDDL has none";
  error.exit_code = ExitCode::kKernelLacks;
  return error;
}

}  // namespace

DtraceProcess::DtraceProcess(ChildProcess child, int out_fd, int err_fd)
    : child_(std::move(child)), out_{out_fd, {}}, err_{err_fd, {}} {}

DtraceProcess::DtraceProcess(DtraceProcess&& other) noexcept
    : child_(std::move(other.child_)), out_(std::exchange(other.out_, {})), err_(std::exchange(other.err_, {})) {}

DtraceProcess::~DtraceProcess() {
  end_now();
  for (const Pipe* pipe : {&out_, &err_})
    if (pipe->fd >= 0) close(pipe->fd);
}

Result<DtraceProcess> DtraceProcess::start(const std::vector<std::string>& arguments) {
  std::array<int, 2> out{}, err{};
  for (auto* ends : {&out, &err})
    if (pipe2(ends->data(), O_CLOEXEC) != 0)
      return fail({std::string("dtrace: cannot make a pipe: ") + std::strerror(errno), "", "", ExitCode::kKernelLacks});
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ChildOptions options;
  options.argv = {"dtrace"};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.fallback_path = kElsewhere;
  options.input_fd = nothing;
  options.output_fd = out[1];
  options.error_fd = err[1];
  auto child = ChildProcess::start(options);
  for (const int fd : {nothing, out[1], err[1]}) close(fd);
  if (child) return DtraceProcess(*std::move(child), out[0], err[0]);
  for (const int fd : {out[0], err[0]}) close(fd);
  return fail(cannot_run(std::move(child).error()));
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

void DtraceProcess::interrupt() { child_.send_signal(SIGINT); }

void DtraceProcess::end_now() {
  if (!child_.poll()) child_.end(SIGKILL);
}

int DtraceProcess::wait() { return child_.wait(); }

}  // namespace socklock::collector
