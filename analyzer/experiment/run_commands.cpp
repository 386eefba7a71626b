// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/run_commands.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

namespace socklock::analyzer {
namespace {

constexpr int kNotStarted = 127;

volatile std::sig_atomic_t noted_signal = 0;
volatile std::sig_atomic_t running_child = 0;

void note(int signal) {
  noted_signal = signal;
  // A terminal sends SIGINT to the child too; being told twice does it no harm.
  if (running_child > 0) kill(running_child, signal);
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptWatch::InterruptWatch() {
  noted_signal = 0;
  handle(note);
}
InterruptWatch::~InterruptWatch() { handle(SIG_DFL); }
int InterruptWatch::signal() { return noted_signal; }

Result<int> run_program(std::vector<std::string> arguments) {
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return fail({std::string("cannot start: ") + std::strerror(errno), "'" + arguments.front() + "'", ""});
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(words[0], words.data());
    _exit(kNotStarted);
  }
  running_child = child;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  running_child = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<void> run_line(const std::string& line, const std::string& what) {
  if (line.empty()) return {};
  SOCKLOCK_TRY_ASSIGN(const int status, run_program({"sh", "-c", line}));
  if (status != 0)
    return fail({fmt::format("{} ended with status {}", what, status), line,
                 "what was recorded is kept; --resume goes on", ExitCode::kBadInput});
  return {};
}

std::string recorder_path() {
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "socklock-record";
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "socklock-record";
}

}  // namespace socklock::analyzer
