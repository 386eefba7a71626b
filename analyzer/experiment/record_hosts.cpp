// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/record_hosts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;

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
  std::ifstream file(path);
  if (!file) return fail({"cannot read", "'" + path + "'", "a host a line", ExitCode::kBadInput});
  std::vector<HostRun> runs;
  for (std::string line; std::getline(file, line);) {
    line = line.substr(0, line.find('#'));
    std::istringstream words(line);
    std::string host;
    if (!(words >> host)) continue;
    // ssh would take it for an option.
    if (host.front() == '-') return fail(usage("not a host: " + host, ""));
    runs.push_back({host, file_name(host, runs), ""});
  }
  if (runs.empty()) return fail({"no host in this file", "'" + path + "'", "a host a line", ExitCode::kBadInput});
  return runs;
}

std::string last_line(const fs::path& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);  // ssh ends its lines as a terminal wants them
    if (!line.empty()) last = line;
  }
  return last.substr(0, 300);
}

class HostsRecording {
 public:
  explicit HostsRecording(const HostsRequest& request) : request_(request) {}

  Result<HostsResult> run() {
    SOCKLOCK_TRY_ASSIGN(runs_, hosts_in(request_.hosts_file));
    std::error_code error;
    fs::create_directories(request_.folder, error);
    if (error) return fail({"cannot create: " + error.message(), "'" + request_.folder + "'", ""});
    if (fs::exists(in_folder("manifest.json")))
      return fail(usage("there is a recording already in '" + request_.folder + "'", "name another folder"));
    std::size_t next = 0;
    while (next < runs_.size() || !running_.empty()) {
      if (next < runs_.size() && running_.size() < request_.parallel)
        start(next++);
      else
        await_one();
    }
    SOCKLOCK_TRY(write_manifest());
    HostsResult result;
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

  void start(std::size_t number) {
    HostRun& run = runs_[number];
    std::vector<std::string> words;
    std::istringstream ssh(request_.ssh);
    for (std::string word; ssh >> word;) words.push_back(word);
    words.push_back(run.host);
    std::string remote = "socklock-record record -q -o -";
    for (const std::string& argument : request_.arguments) remote += " " + shell_quoted(argument);
    words.push_back(remote);
    const std::string trace = in_folder(run.trace).string() + ".new",
                      words_of_it = in_folder(run.trace).string() + ".log";
    const pid_t child = fork();
    if (child < 0) {
      run.error = "cannot start ssh";
      return;
    }
    if (child == 0) execute(words, trace, words_of_it);
    running_[child] = number;
  }

  [[noreturn]] static void execute(std::vector<std::string>& words, const std::string& out, const std::string& err) {
    const int none = open("/dev/null", O_RDONLY);
    const int trace = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int log = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (none < 0 || trace < 0 || log < 0) _exit(127);
    dup2(none, STDIN_FILENO);
    dup2(trace, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }

  void await_one() {
    int status = 0;
    const pid_t child = waitpid(-1, &status, 0);
    const auto found = running_.find(child);
    if (found == running_.end()) {
      if (child < 0 && errno != EINTR) running_.clear();
      return;
    }
    HostRun& run = runs_[found->second];
    running_.erase(found);
    const fs::path trace = in_folder(run.trace), unfinished = trace.string() + ".new", log = trace.string() + ".log";
    std::error_code error;
    const bool is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0 && fs::file_size(unfinished, error) > 0;
    if (is_done) fs::rename(unfinished, trace, error);
    if (!is_done || error) {
      const std::string said = last_line(log);
      run.error = fmt::format("{}{}", said.empty() ? "no trace came" : said,
                              WIFEXITED(status) ? fmt::format(" (status {})", WEXITSTATUS(status)) : "");
      // What came until then may be worth a look: a trace without an end can be read.
      if (fs::file_size(unfinished, error) == 0) fs::remove(unfinished, error);
    }
    fs::remove(log, error);
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
    std::ofstream file(in_folder("manifest.json"));
    file << manifest.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
    file.close();
    if (!file) return fail({"cannot write", "'" + in_folder("manifest.json").string() + "'", ""});
    return {};
  }

  const HostsRequest& request_;
  std::vector<HostRun> runs_;
  std::map<pid_t, std::size_t> running_;
};

// "--name value" or "--name=value" at `at`, which it then moves behind; nothing where another option stands there.
std::optional<Result<std::string>> take(const std::vector<std::string>& words, std::size_t& at,
                                        const std::string& name) {
  if (words[at].starts_with(name + "=") && name.starts_with("--")) return words[at++].substr(name.size() + 1);
  if (words[at] != name) return std::nullopt;
  if (at + 1 >= words.size()) return Result<std::string>(fail(usage(name + " needs a value", "")));
  at += 2;
  return words[at - 1];
}

}  // namespace

Result<std::optional<HostsRequest>> hosts_request(const std::vector<std::string>& words) {
  HostsRequest request;
  std::string parallel = "8";
  for (std::size_t at = 0; at < words.size();) {
    bool is_taken = false;
    for (const auto& [name, value] : {std::pair<const char*, std::string*>{"--hosts", &request.hosts_file},
                                      {"--parallel", &parallel},
                                      {"--ssh", &request.ssh},
                                      {"-o", &request.folder},
                                      {"--output", &request.folder}}) {
      if (words[at] == "--") break;
      if (auto taken = take(words, at, name)) {
        SOCKLOCK_TRY_ASSIGN(*value, std::move(*taken));
        is_taken = true;
        break;
      }
    }
    if (is_taken) continue;
    if (words[at] == "--") {
      request.arguments.insert(request.arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
      break;
    }
    request.arguments.push_back(words[at++]);
  }
  if (request.hosts_file.empty()) return std::optional<HostsRequest>();
  const char* const end = parallel.data() + parallel.size();
  const auto parsed = std::from_chars(parallel.data(), end, request.parallel);
  if (parsed.ec != std::errc() || parsed.ptr != end || request.parallel == 0)
    return fail(usage("--parallel takes a number of hosts: " + parallel, ""));
  if (request.folder.empty()) return fail(usage("--hosts needs a folder for the traces", "-o FOLDER"));
  if (request.arguments.empty())
    return fail(usage("--hosts needs an end of the recording", "--duration SECONDS, or a command after --"));
  return std::optional(request);
}

Result<HostsResult> record_hosts(const HostsRequest& request) { return HostsRecording(request).run(); }

}  // namespace socklock::analyzer
