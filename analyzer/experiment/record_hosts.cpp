// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/record_hosts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <wordexp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/atomic_file.h"
#include "base/child_process.h"
#include "base/json_text.h"
#include "base/signal_watch.h"
#include "base/small_file.h"
#include "proto/block_format.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;

constexpr int kHostPollMs = 100;
constexpr std::size_t kMostHostsBytes = 1U << 20;

struct HostRun {
  std::string host;
  std::string trace;  // file name in the folder
  std::string error;  // empty: recorded
};

Error usage(std::string what, std::string hint) { return {std::move(what), "", std::move(hint), ExitCode::kUsage}; }

// For the shell on the other side.
std::string shell_quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// A file's name of a host: "user@[2001:db8::1]" has characters that a name should not have.
std::string file_name(const std::string& host, const std::vector<HostRun>& runs) {
  std::string name;
  for (const char c : host) name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' ? c : '_';
  if (name.empty() || name.front() == '.') name = "_" + name;
  const auto is_taken = [&](const std::string& trace) {
    return std::any_of(runs.begin(), runs.end(), [&](const HostRun& run) { return run.trace == trace; });
  };
  std::string trace = name + ".slk";
  for (int i = 2; is_taken(trace); ++i) trace = fmt::format("{}-{}.slk", name, i);
  return trace;
}

Result<std::vector<HostRun>> hosts_in(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(const SmallFile file, read_small_file(path, {.most_bytes = kMostHostsBytes}));
  const auto refused = [&](std::string what) {
    return Error{std::move(what), "'" + path + "'", "one host per line", ExitCode::kBadInput};
  };
  std::vector<HostRun> runs;
  unsigned number = 0;
  std::istringstream lines(file.text);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string host, more;
    if (!(words >> host)) continue;
    // ssh would take it for an option.
    if (host.front() == '-') return fail(usage("not a host: " + host, ""));
    if (words >> more)
      return fail(usage(fmt::format("line {} of '{}' has words behind the host: {}", number, path, more),
                        "a port or a user belongs into ssh's configuration, or into --ssh"));
    runs.push_back({host, file_name(host, runs), ""});
  }
  if (runs.empty()) return fail(refused("no host in this file"));
  return runs;
}

std::FILE* temporary_file() {
  std::FILE* const file = std::tmpfile();
  if (file != nullptr) fcntl(fileno(file), F_SETFD, FD_CLOEXEC);
  return file;
}

std::string last_line(std::FILE* file) {
  std::rewind(file);
  std::string last, line;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), part.size(), file) != nullptr) {
    line += part.data();
    if (line.back() != '\n' && line.size() < part.size()) continue;
    line.erase(line.find_last_not_of(" \t\r\n") + 1);  // ssh ends its lines as a terminal wants them
    if (!line.empty()) last = line;
    line.clear();
  }
  return (line.empty() ? last : line).substr(0, 300);
}

// What came of a host.
enum class Came { kNothing, kNoTrace, kPartOfTrace, kTrace };

Came look_at(int fd) {
  std::array<char, trace::kFileMagic.size()> begin{};
  std::array<char, trace::kTrailerMagic.size()> end{};
  const off_t bytes = lseek(fd, 0, SEEK_END);
  if (bytes <= 0) return Came::kNothing;
  if (pread(fd, begin.data(), begin.size(), 0) != static_cast<ssize_t>(begin.size()) || begin != trace::kFileMagic)
    return Came::kNoTrace;
  const off_t tail = bytes - static_cast<off_t>(end.size());
  return pread(fd, end.data(), end.size(), tail) == static_cast<ssize_t>(end.size()) && end == trace::kTrailerMagic
             ? Came::kTrace
             : Came::kPartOfTrace;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// A host that is being recorded.
struct Running {
  std::size_t number;
  AtomicFile trace;
  std::unique_ptr<std::FILE, CloseFile> said;
  ChildProcess ssh;
};

class HostsRecording {
 public:
  HostsRecording(const HostsRequest& request, std::vector<std::string> ssh) : request_(request), ssh_(std::move(ssh)) {}

  Result<HostsResult> run() {
    SOCKLOCK_TRY_ASSIGN(runs_, hosts_in(request_.hosts_file));
    SOCKLOCK_TRY(make_folder(request_.folder));
    std::error_code error;
    if (fs::exists(in_folder("manifest.json"), error))
      return fail(usage("there is a recording already in '" + request_.folder + "'", "name another folder"));
    record_all();
    SOCKLOCK_TRY(write_manifest());
    HostsResult result;
    result.interrupted_by = interrupted_by_;
    for (const HostRun& run : runs_) {
      if (run.error.empty())
        ++result.recorded;
      else
        result.failed.push_back(run.host + ": " + run.error);
    }
    return result;
  }

 private:
  [[nodiscard]] fs::path in_folder(const std::string& name) const { return fs::path(request_.folder) / name; }

  void record_all() {
    SignalWatch signals;
    std::size_t next = 0;
    while (next < runs_.size() || !running_.empty()) {
      if (next < runs_.size() && running_.size() < request_.parallel && interrupted_by_ == 0) {
        if (auto started = start(next); !started) runs_[next].error = started.error().message();
        ++next;
        continue;
      }
      if (const int number = signals.take(kHostPollMs); number != 0 && interrupted_by_ == 0) {
        interrupted_by_ = number;
        for (; next < runs_.size(); ++next) runs_[next].error = "interrupted";
        for (Running& host : running_) host.ssh.send_signal(SIGTERM);
      }
      running_.remove_if([this](Running& host) { return is_over(host); });
    }
  }

  Result<void> start(std::size_t number) {
    const HostRun& run = runs_[number];
    SOCKLOCK_TRY_ASSIGN(AtomicFile trace, AtomicFile::create(in_folder(run.trace).string(), {.mode = 0600}));
    std::unique_ptr<std::FILE, CloseFile> said(temporary_file());
    if (!said) return fail({std::string("cannot make a temporary file: ") + std::strerror(errno), "", ""});
    ChildOptions options;
    options.argv = ssh_;
    options.argv.push_back(run.host);
    std::string remote = "socklock-record record -q -o -";
    for (const std::string& argument : request_.arguments) remote += " " + shell_quoted(argument);
    options.argv.push_back(remote);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    options.input_fd = nothing;
    options.output_fd = trace.fd();
    options.error_fd = fileno(said.get());
    auto ssh = ChildProcess::start(options);
    close(nothing);
    if (!ssh) return fail(std::move(ssh).error());
    running_.push_back({number, std::move(trace), std::move(said), *std::move(ssh)});
    return {};
  }

  // Whether it has ended; what came is looked at.
  bool is_over(Running& host) {
    const auto status = host.ssh.poll();
    if (!status) return false;
    HostRun& run = runs_[host.number];
    const Came came = look_at(host.trace.fd());
    if (*status == 0 && came == Came::kTrace) {
      if (const auto kept = host.trace.commit(); !kept) run.error = kept.error().message();
      return true;
    }
    run.error = why_not(host, *status, came);
    // What came until then may be worth a look: a trace without an end can be read.
    if (came == Came::kPartOfTrace || came == Came::kTrace)
      if (const auto kept = host.trace.commit_as(host.trace.path() + ".part"); kept)
        run.error += fmt::format("; what came is in {}.part", run.trace);
    return true;
  }

  [[nodiscard]] std::string why_not(const Running& host, int status, Came came) const {
    if (interrupted_by_ != 0) return "interrupted";
    if (status == 0 && came == Came::kNoTrace)
      return "what came is no trace: a login shell that prints something spoils it";
    const std::string said = last_line(host.said.get());
    return fmt::format("{} (status {})", said.empty() ? "no trace came" : said, status);
  }

  Result<void> write_manifest() const {
    nlohmann::ordered_json runs = nlohmann::ordered_json::array();
    for (const HostRun& run : runs_) {
      if (run.error.empty())
        runs.push_back({{"host", run.host}, {"trace", run.trace}});
      else
        runs.push_back({{"host", run.host}, {"error", run.error}});
    }
    const nlohmann::ordered_json manifest{
        {"schema", "socklock.hosts/1"}, {"arguments", request_.arguments}, {"runs", std::move(runs)}};
    return write_file(in_folder("manifest.json").string(), dumped(manifest, 2) + "\n", {});
  }

  const HostsRequest& request_;
  const std::vector<std::string> ssh_;
  std::vector<HostRun> runs_;
  std::list<Running> running_;
  int interrupted_by_ = 0;
};

// As a shell takes words apart, quotes and all, but without running anything.
Result<std::vector<std::string>> words_of(const std::string& command) {
  wordexp_t expanded{};
  if (wordexp(command.c_str(), &expanded, WRDE_NOCMD) != 0)
    return fail(usage("--ssh is not understood: " + command, "quote as for a shell; nothing is run to make words"));
  std::vector<std::string> words(expanded.we_wordv, expanded.we_wordv + expanded.we_wordc);
  wordfree(&expanded);
  if (words.empty()) return fail(usage("--ssh names no command", ""));
  return words;
}

}  // namespace

Result<HostsResult> record_hosts(const HostsRequest& request) {
  SOCKLOCK_TRY_ASSIGN(auto ssh, words_of(request.ssh));
  return HostsRecording(request, std::move(ssh)).run();
}

}  // namespace socklock::analyzer
