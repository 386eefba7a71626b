// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/live/host.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

namespace socklock::live {
namespace {

// Nothing that is waited for takes as long, and a test lasts longer.
constexpr std::chrono::seconds kNever{200};

int exit_code(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

std::filesystem::path make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "socklock-live-XXXXXX").string();
  return mkdtemp(pattern.data());
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// `exec`, so that signals reach the program and not a shell around it.
pid_t start(const std::string& command) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setenv("PATH", (std::string(SOCKLOCK_BIN_DIR) + ":/usr/sbin:/sbin:" + getenv("PATH")).c_str(), 1);
  execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  _exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_code(status);
}

}  // namespace

Ran run(const std::string& command) {
  const auto folder = make_folder();
  const auto out = folder / "out", err = folder / "err";
  Ran ran;
  ran.status = wait_for(start("{ " + command + "\n} >" + out.string() + " 2>" + err.string()));
  ran.out = contents(out);
  ran.err = contents(err);
  std::filesystem::remove_all(folder);
  return ran;
}

Background::Background(const std::string& command) : pid_(start("exec " + command)) {}

Background::~Background() {
  if (pid_ <= 0) return;
  signal(SIGKILL);
  wait();
}

void Background::signal(int number) const { kill(pid_, number); }

int Background::wait() {
  const int code = wait_for(pid_);
  pid_ = -1;
  return code;
}

void LiveTest::SetUp() {
  // Asked once for all tests, where CTest runs them.
  const char* const asked = getenv("SOCKLOCK_DOCTOR");
  const auto doctor =
      nlohmann::json::parse(asked != nullptr ? contents(asked) : run("socklock doctor --json").out, nullptr, false);
  ASSERT_TRUE(doctor.is_object() && doctor.contains("level")) << "socklock doctor printed no JSON";
  if (doctor["level"] == 0) GTEST_SKIP() << "this host does not permit recording: " << doctor;
  const auto& mode = doctor["spinlock_mode"];
  sees_spinlocks_ = mode == "pv" || mode == "native";
  folder_ = make_folder();
}

void LiveTest::TearDown() {
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::uint64_t loss(const nlohmann::json& info, const std::string& name) {
  for (const auto& row : info["losses"])
    if (row["name"] == name) return row["count"];
  return 0;
}

void expect_nothing_lost(const nlohmann::json& info) {
  const std::uint64_t kept = loss(info, "program_skipped") + loss(info, "missed_end");
  EXPECT_EQ(info["lost"], kept) << info["losses"];
  EXPECT_LE(kept, 2 + info["contentions"].get<std::uint64_t>() / 2'000) << info["losses"];
}

void expect_exact_books(const nlohmann::json& info, bool has_all_events) {
  const auto& pairing = info["pairing"];
  std::uint64_t accounted = 0;
  for (const char* part : {"matched", "doubled_begins", "self", "filtered", "open"})
    accounted += pairing[part].get<std::uint64_t>();
  for (const char* reason :
       {"spin_slots_full", "task_slots_full", "reentered", "missed_end", "negative_wait", "abandoned"})
    accounted += loss(info, reason);
  EXPECT_EQ(pairing["begins"], accounted) << pairing << info["losses"];
  EXPECT_EQ(pairing["matched"], info["contentions"]);
  const std::uint64_t events = info["events"].get<std::uint64_t>() + loss(info, "event_ring_full") +
                               info["events_left_out"].get<std::uint64_t>();
  if (has_all_events)
    EXPECT_EQ(info["contentions"], events);
  else
    EXPECT_GE(info["contentions"], events);
  EXPECT_TRUE(info["closed"]);
}

nlohmann::json LiveTest::info(const std::string& trace) {
  const Ran ran = run("socklock info --json " + trace);
  EXPECT_EQ(ran.status, 0) << ran.err;
  return nlohmann::json::parse(ran.out, nullptr, false);
}

nlohmann::json LiveTest::report(const std::string& trace, const std::string& options) {
  const Ran ran = run("socklock report --json " + options + " " + trace);
  EXPECT_EQ(ran.status, 0) << ran.err;
  return nlohmann::json::parse(ran.out, nullptr, false);
}

bool cpus_are_busy() {
  // The least of several looks: what runs for a moment is no matter. One is this program.
  unsigned long least = ULONG_MAX;
  for (int look = 0; look < 10; ++look) {
    std::ifstream in("/proc/stat");
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("procs_running ")) least = std::min(least, std::stoul(line.substr(14)));
    sleep_seconds(0.02);
  }
  return least > 2;
}

std::filesystem::path bin_folder() { return SOCKLOCK_BIN_DIR; }

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

void sleep_seconds(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kNever;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    sleep_seconds(0.01);
  }
  return false;
}

bool wait_for_file(const std::string& path) {
  return eventually([&] {
    std::error_code none;
    return std::filesystem::file_size(path, none) > 0 && !none;
  });
}

bool wait_for_trace(const std::string& path) {
  // A header, the first block, is longer than all of an empty one's frame.
  return eventually([&] {
    std::error_code none;
    return std::filesystem::file_size(path, none) > 100 && !none;
  });
}

bool stop_in_the_set_up(const Background& recorder, const std::string& trace) {
  const std::string process = "/proc/" + std::to_string(recorder.pid());
  // Its first BPF program or map: neither a trace nor a command can be there before.
  const auto has_begun = [&] {
    std::error_code error;
    for (const auto& fd : std::filesystem::directory_iterator(process + "/fd", error))
      if (std::filesystem::read_symlink(fd, error).string().starts_with("anon_inode:bpf")) return true;
    return std::filesystem::exists(trace);
  };
  if (!eventually(has_begun)) return false;
  recorder.signal(SIGSTOP);
  eventually([&] { return contents(process + "/stat").find(") T ") != std::string::npos; });
  return !std::filesystem::exists(trace);
}

}  // namespace socklock::live
