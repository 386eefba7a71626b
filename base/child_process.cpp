// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <dirent.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/signal_watch.h"

namespace socklock {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Between looks at a child where nothing wakes us.
constexpr Milliseconds kLook{10};
// Between looks at what its group still has, for which there is no descriptor.
constexpr Milliseconds kLookAtGroup{30};
// Between looks where the kernel wakes us at its end, but not when it stops for want of the terminal.
constexpr Milliseconds kLookWithPidFd{100};

// Of a guard with a program that looks after its own children, each of which may take kPatience twice.
constexpr Milliseconds kGuardsPatience = 4 * ChildProcess::kPatience;

class Words {
 public:
  explicit Words(const std::vector<std::string>& argv) {
    pointers_.reserve(argv.size() + 1);
    // execvp() takes what it does not change without const (POSIX, rationale of exec).
    for (const std::string& word : argv) pointers_.push_back(const_cast<char*>(word.c_str()));
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] char* const* data() const { return pointers_.data(); }

 private:
  std::vector<char*> pointers_;
};

int execute_words(const Words& words, const char* fallback_path) {
  execvp(words.data()[0], words.data());
  if (errno == ENOENT && *fallback_path != '\0') execv(fallback_path, words.data());
  return errno;
}

void set_signals_of_a_new_program() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    // We ignore SIGPIPE ourselves; the others are ignored only where that was inherited, as by nohup.
    if (action.sa_handler == SIG_IGN && number != SIGPIPE) continue;
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

struct ChildEnds {
  int start_fd, error_fd;
};

[[noreturn]] void run_child(const ChildOptions& options, const Words& words, ChildEnds ends) {
  if (options.own_group) setpgid(0, 0);
  char go = 0;
  ssize_t got = 0;
  while ((got = read(ends.start_fd, &go, 1)) < 0 && errno == EINTR) {
  }
  if (got != 1) _exit(127);
  int to = STDIN_FILENO;
  for (const int from : {options.input_fd, options.output_fd, options.error_fd}) {
    if (from >= 0) dup2(from, to);
    ++to;
  }
  set_signals_of_a_new_program();
  const int error = execute_words(words, options.fallback_path.c_str());
  _exit(write(ends.error_fd, &error, sizeof error) == sizeof error ? 127 : 126);
}

Error system_error(const char* what) {
  return {std::string(what) + ": " + std::strerror(errno), "", "", ExitCode::kKernelLacks};
}

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int pid_descriptor([[maybe_unused]] pid_t pid) {
#if defined(__linux__) && defined(SYS_pidfd_open)
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // Linux 5.3; without: -1
#else
  return -1;
#endif
}

#ifdef __linux__
struct Process {
  pid_t pid = 0, parent = 0, group = 0;
};

// By /proc/PID/stat (proc(5)); nothing of one that is gone, or that ended and was not waited for.
std::optional<Process> running_process(const char* pid) {
  const std::string path = std::string("/proc/") + pid + "/stat";
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return std::nullopt;
  std::array<char, 512> line{};
  const bool is_read = std::fgets(line.data(), line.size(), file) != nullptr;
  std::fclose(file);
  // The name, in parentheses, may have any character.
  const char* const name_end = is_read ? std::strrchr(line.data(), ')') : nullptr;
  char state = 0;
  Process process;
  if (name_end == nullptr || std::sscanf(name_end + 1, " %c %d %d", &state, &process.parent, &process.group) != 3)
    return std::nullopt;
  process.pid = std::atoi(pid);
  return state == 'Z' || state == 'X' ? std::nullopt : std::optional(process);
}

std::vector<Process> running_processes() {
  std::vector<Process> running;
  DIR* const folder = opendir("/proc");
  if (folder == nullptr) return running;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    if (const auto process = running_process(entry->d_name)) running.push_back(*process);
  }
  closedir(folder);
  return running;
}
#endif

// Whether a process of the group runs; one that ended and was not waited for does not.
bool group_runs(pid_t group) {
  if (kill(-group, 0) != 0 && errno == ESRCH) return false;
#ifdef __linux__
  const auto processes = running_processes();
  return std::any_of(processes.begin(), processes.end(),
                     [=](const Process& process) { return process.group == group; });
#else
  return true;
#endif
}

void adopt_orphans([[maybe_unused]] bool wanted) {
#ifdef __linux__
  constexpr int kSetChildSubreaper = 36;  // PR_SET_CHILD_SUBREAPER of linux/prctl.h
  syscall(SYS_prctl, kSetChildSubreaper, wanted ? 1UL : 0UL, 0UL, 0UL, 0UL);
#endif
}

// tcsetpgrp() of a process in the background would stop it.
class NoTerminalStop {
 public:
  NoTerminalStop() {
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &before_);
  }
  NoTerminalStop(const NoTerminalStop&) = delete;
  NoTerminalStop& operator=(const NoTerminalStop&) = delete;
  ~NoTerminalStop() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// Hands the terminal of this session from one process group to another, if it is the first one's.
bool hand_terminal(pid_t from, pid_t to) {
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return false;
  const NoTerminalStop guard;
  const bool is_handed = tcgetpgrp(terminal) == from && tcsetpgrp(terminal, to) == 0;
  close(terminal);
  return is_handed;
}

}  // namespace

ChildProcess::ChildProcess(pid_t pid, bool own_group, int start_fd, int error_fd, ProcessGuard guard)
    : pid_(pid),
      own_group_(own_group),
      start_fd_(start_fd),
      error_fd_(error_fd),
      pid_fd_(pid_descriptor(pid)),
      guard_(std::move(guard)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      own_group_(other.own_group_),
      start_fd_(std::exchange(other.start_fd_, -1)),
      error_fd_(std::exchange(other.error_fd_, -1)),
      pid_fd_(std::exchange(other.pid_fd_, -1)),
      status_(other.status_),
      guard_(std::move(other.guard_)) {}

ChildProcess::~ChildProcess() {
  const bool was_released = start_fd_ < 0;
  for (const int fd : {start_fd_, error_fd_})
    if (fd >= 0) close(fd);
  if (pid_ > 0 && !status_) was_released ? end(SIGTERM) : wait();
  if (pid_fd_ >= 0) close(pid_fd_);
}

Result<ChildProcess> ChildProcess::prepare(const ChildOptions& options) {
  std::array<int, 2> start{}, error{};
  if (pipe2(start.data(), O_CLOEXEC) != 0) return fail(system_error("cannot make a pipe"));
  if (pipe2(error.data(), O_CLOEXEC) != 0) {
    for (const int fd : start) close(fd);
    return fail(system_error("cannot make a pipe"));
  }
  // Where SIGCHLD is ignored, as some parents leave it, there would be no status to wait for.
  struct sigaction action {};
  if (sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
  // Before the fork: the child of a process with threads may not allocate.
  const Words words(options.argv);
  const pid_t pid = fork();
  if (pid < 0) {
    const Error failed = system_error("cannot fork");
    for (const int fd : {start[0], start[1], error[0], error[1]}) close(fd);
    return fail(failed);
  }
  if (pid == 0) {
    close(start[1]);
    close(error[0]);
    run_child(options, words, {start[0], error[1]});
  }
  if (options.own_group) setpgid(pid, pid);  // here, too: it has to be so before anybody sends a signal
  close(start[0]);
  close(error[1]);
  auto guard = ProcessGuard::start(options.own_group ? -pid : pid, options.own_group ? kPatience : kGuardsPatience);
  if (!guard) {
    for (const int fd : {start[1], error[0]}) close(fd);  // so that it ends without executing anything
    waitpid(pid, nullptr, 0);
    return fail(std::move(guard).error());
  }
  return ChildProcess(pid, options.own_group, start[1], error[0], *std::move(guard));
}

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
  SOCKLOCK_TRY_ASSIGN(ChildProcess child, prepare(options));
  if (auto released = child.release(); !released)
    return fail(std::move(released).error().in("'" + options.argv.front() + "'"));
  return child;
}

Result<void> ChildProcess::release() {
  const char go = 1;
  const bool is_told = write(start_fd_, &go, 1) == 1;
  close(std::exchange(start_fd_, -1));
  int error = 0;
  ssize_t got = 0;
  while ((got = read(error_fd_, &error, sizeof error)) < 0 && errno == EINTR) {
  }
  close(std::exchange(error_fd_, -1));
  if (is_told && got == 0) return {};
  wait();
  if (error == 0) error = ESRCH;  // somebody ended it before it was anything
  const bool is_forbidden = error == EACCES || error == EPERM;
  return fail({std::string("cannot run: ") + std::strerror(error), "", "",
               is_forbidden ? ExitCode::kNotPermitted : ExitCode::kUsage});
}

std::optional<int> ChildProcess::poll() {
  // What was moved from has no child, and waiting for -1 would take the status of any other.
  if (pid_ <= 0 && !status_) status_ = 127;
  int status = 0;
  pid_t changed = 0;
  while (!status_ && (changed = waitpid(pid_, &status, WNOHANG | WUNTRACED)) != 0) {
    if (changed < 0 && errno == EINTR) continue;
    if (changed < 0) {
      status_ = 127;  // somebody else waited for it
    } else if (!WIFSTOPPED(status)) {
      status_ = exit_status(status);
      if (own_group_)
        hand_terminal(pid_, getpgrp());
      else
        guard_.dismiss();  // the number may be another's soon
    } else if (own_group_ && (WSTOPSIG(status) == SIGTTIN || WSTOPSIG(status) == SIGTTOU)) {
      // Where the terminal is not ours to lend, as in a background job, it waits, as any job would.
      if (hand_terminal(getpgrp(), pid_)) kill(-pid_, SIGCONT);
    }
  }
  return status_;
}

std::optional<int> ChildProcess::wait_for(Milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  while (!poll()) {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - Clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd descriptor{pid_fd_, POLLIN, 0};
    const Milliseconds pause = std::min(left, pid_fd_ >= 0 ? kLookWithPidFd : kLook);
    if (::poll(&descriptor, 1, static_cast<int>(pause.count())) < 0 && errno == EINTR) return poll();
  }
  return status_;
}

int ChildProcess::wait() {
  while (!wait_for(std::chrono::hours(1))) {
  }
  return *status_;
}

void ChildProcess::send_signal(int signal) const {
  if (pid_ <= 0 || (status_ && !own_group_)) return;
  const pid_t target = own_group_ ? -pid_ : pid_;
  kill(target, signal);
  if (signal != SIGKILL) kill(target, SIGCONT);
}

bool ChildProcess::lives() const { return !status_ || (own_group_ && group_runs(pid_)); }

bool ChildProcess::is_gone_within(Milliseconds patience) {
  const auto until = Clock::now() + patience;
  do {
    if (!wait_for(kLook)) continue;
    if (!lives()) return true;
    ::poll(nullptr, 0, static_cast<int>(kLookAtGroup.count()));
  } while (Clock::now() < until);
  return false;
}

int ChildProcess::end(int signal, Milliseconds patience) {
  poll();
  // Who ignores an interrupt, as a shell's background job does, may still want to end in good order.
  if (signal != SIGTERM && signal != SIGKILL && lives()) {
    send_signal(signal);
    is_gone_within(patience / 5);
  }
  if (signal != SIGKILL && lives()) {
    send_signal(SIGTERM);
    is_gone_within(patience);
  }
  if (lives()) {
    send_signal(SIGKILL);
    is_gone_within(patience);
  }
  if (!lives()) guard_.dismiss();
  // Where even that does not end it (another user's process, a disk that does not answer) nobody waits for ever.
  return status_.value_or(128 + SIGKILL);
}

OrphanWatch::OrphanWatch() { adopt_orphans(true); }
OrphanWatch::~OrphanWatch() { adopt_orphans(false); }

std::vector<pid_t> OrphanWatch::running() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  std::vector<pid_t> children;
#ifdef __linux__
  for (const Process& process : running_processes())
    if (process.parent == getpid() && !ProcessGuard::is_one(process.pid)) children.push_back(process.pid);
#endif
  return children;
}

std::size_t OrphanWatch::end_all_but(const std::vector<pid_t>& spared, Milliseconds patience) {
  const auto begin = Clock::now();
  std::vector<pid_t> asked;
  // What ends leaves us its children, so that this is done until there are none.
  while (Clock::now() - begin < 2 * patience) {
    bool is_done = true;
    for (const pid_t pid : running()) {
      if (std::find(spared.begin(), spared.end(), pid) != spared.end()) continue;
      is_done = false;
      const bool is_new = std::find(asked.begin(), asked.end(), pid) == asked.end();
      if (is_new) asked.push_back(pid);
      if (is_new) kill(pid, SIGTERM);
      kill(pid, Clock::now() - begin < patience ? SIGCONT : SIGKILL);
    }
    if (is_done) break;
    ::poll(nullptr, 0, static_cast<int>(kLookAtGroup.count()));
  }
  return asked.size();
}

int execute(const std::vector<std::string>& argv, const std::string& fallback_path) {
  return execute_words(Words(argv), fallback_path.c_str());
}

Result<int> run_to_end(const ChildOptions& options) {
  int signal = 0, status = 0;
  {
    SignalWatch signals;
    SOCKLOCK_TRY_ASSIGN(ChildProcess child, ChildProcess::start(options));
    while (signal == 0 && !child.poll()) signal = signals.take(static_cast<int>(kLookWithPidFd.count()));
    status = signal != 0 ? child.end(signal) : child.wait();
    if (signal == 0) signal = signals.pending();
  }
  if (signal != 0) raise(signal);
  return status;
}

}  // namespace socklock
