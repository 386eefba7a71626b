// SPDX-License-Identifier: GPL-2.0-or-later
// Headless life: a service that rotates, without rights it does not need, with metrics, on a disk that fills up.
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <vector>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

namespace fs = std::filesystem;

class Service : public LiveTest {
 protected:
  [[nodiscard]] std::vector<std::string> traces() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path("traces")))
      if (entry.path().extension() == ".slk") found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    return found;
  }

  [[nodiscard]] std::string service(const std::string& options) const {
    return "socklock-record record -q --service --dir " + path("traces") + " " + options;
  }
};

std::string status_field(pid_t pid, const std::string& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return line.substr(line.find_last_of(" \t") + 1);
  return "";
}

constexpr const char* kWaitsForUnixSockets = "lockload --held --mutexes 4 --rounds 20";

bool names_locks_of_unix_sockets(const nlohmann::json& classes) {
  return std::any_of(classes.begin(), classes.end(),
                     [](const auto& row) { return row["class"].template get<std::string>().starts_with("unix."); });
}

TEST_F(Service, RotatesWithTime) {
  fs::create_directory(path("traces"));
  Background recorder(service("--rotate 500ms --interval 0.1"));
  EXPECT_TRUE(eventually([&] { return traces().size() >= 4; }));
  recorder.signal(SIGTERM);
  EXPECT_EQ(recorder.wait(), 0);
  for (const auto& trace : traces()) expect_exact_books(info(trace));
}

TEST_F(Service, EveryTraceIsCompleteInItself) {
  fs::create_directory(path("traces"));
  // Which lock it was is known of every wait: of a sample it may be of none of so few.
  Background recorder(service("--interval 0.25 --stacks all"));
  ASSERT_TRUE(eventually([&] { return traces().size() == 1; }));
  // Of each a whole load.
  for (std::size_t number = 1; number < 4; ++number) {
    ASSERT_EQ(run(kWaitsForUnixSockets).status, 0);
    recorder.signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return traces().size() == number + 1; }));
  }
  ASSERT_EQ(run(kWaitsForUnixSockets).status, 0);
  recorder.signal(SIGTERM);
  EXPECT_EQ(recorder.wait(), 0);
  const auto written = traces();
  for (const auto& trace : written) {
    const auto document = info(trace);
    expect_exact_books(document);
    expect_nothing_lost(document);
    // Its group may read it where it may enter the folder.
    EXPECT_EQ(fs::status(trace).permissions(), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    const auto classes = report(trace)["by_class"];
    EXPECT_TRUE(names_locks_of_unix_sockets(classes)) << trace << classes;
  }
}

TEST_F(Service, KeepsTheBoundOfItsDiskUse) {
  constexpr std::uint64_t kBound = 512 << 10;
  Background load("lockload --held --mutexes 32 --seconds 300");
  fs::create_directory(path("traces"));
  std::ofstream(path("traces/precious.slk")) << "not ours";
  Background recorder(service("--rotate 64KiB --max-size 512KiB --interval 0.1"));
  std::uint64_t largest = 0;
  std::string first;
  std::map<std::string, std::uint64_t> sizes;
  const bool removed = eventually([&] {
    const auto now = traces();
    const auto before = std::exchange(sizes, {});
    std::error_code gone;
    for (const auto& trace : now) sizes[trace] = fs::file_size(trace, gone);
    // Only what is seen twice was there at one time: a file may go, and another grow, between two looks.
    std::uint64_t sum = 0;
    for (const auto& [trace, bytes] : sizes) sum += bytes;
    if (!gone && sizes == before) largest = std::max(largest, sum);
    if (first.empty() && now.size() > 1) first = now[1];
    return !first.empty() && !fs::exists(first);
  });
  recorder.signal(SIGTERM);
  EXPECT_EQ(recorder.wait(), 0);
  EXPECT_TRUE(removed) << "the oldest trace is still there; " << largest << " bytes at most";
  EXPECT_LE(largest, kBound);
  EXPECT_TRUE(fs::exists(path("traces/precious.slk")));
}

TEST_F(Service, BeginsANewTraceWhenAsked) {
  fs::create_directory(path("traces"));
  Background recorder(service("--interval 0.1"));
  ASSERT_TRUE(eventually([&] { return traces().size() == 1; }));
  sleep_seconds(0.3);
  recorder.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return traces().size() == 2; }));
  recorder.signal(SIGTERM);
  EXPECT_EQ(recorder.wait(), 0);
  for (const auto& trace : traces()) EXPECT_TRUE(info(trace)["closed"]) << trace;
}

// What sd_notify(3) sends; the end of a service manager.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
    const timeval patience{200, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { close(fd_); }

  // The next message; empty when none comes.
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> text{};
    const ssize_t bytes = recv(fd_, text.data(), text.size(), 0);
    return bytes > 0 ? std::string(text.data(), static_cast<std::size_t>(bytes)) : std::string();
  }

 private:
  int fd_;
};

TEST_F(Service, TellsTheServiceManagerThatItRecordsAndLives) {
  fs::create_directory(path("traces"));
  const NotifySocket manager(path("notify"));
  Background recorder("env NOTIFY_SOCKET=" + path("notify") + " WATCHDOG_USEC=400000 " + service("--interval 0.1"));
  std::vector<std::string> told;
  const auto lives = [&] { return std::count(told.begin(), told.end(), "WATCHDOG=1"); };
  while (told.size() < 20 && lives() < 3) {
    told.push_back(manager.next());
    ASSERT_NE(told.back(), "") << "nothing came";
    if (!told.back().starts_with("READY=1")) continue;
    ASSERT_EQ(traces().size(), 1U) << "ready, and no trace";
    EXPECT_EQ(told.back(), "READY=1\nSTATUS=recording " + traces().front());
  }
  EXPECT_TRUE(told.front().starts_with("READY=1")) << told.front();
  EXPECT_EQ(lives(), 3);
  // The next trace is told of, too.
  recorder.signal(SIGHUP);
  std::string next;
  while (!(next = manager.next()).empty() && !next.starts_with("READY=1")) {
  }
  EXPECT_TRUE(next.starts_with("READY=1")) << next;
  recorder.signal(SIGTERM);
  EXPECT_EQ(recorder.wait(), 0);
}

TEST_F(Service, LeavesAFolderToTheServiceThatWritesThere) {
  fs::create_directory(path("traces"));
  Background recorder(service(""));
  ASSERT_TRUE(eventually([&] { return traces().size() == 1; }));
  const Ran second = run(service(""));
  EXPECT_EQ(second.status, 2);
  EXPECT_NE(second.err.find("another socklock record"), std::string::npos) << second.err;
  EXPECT_EQ(traces().size(), 1U);
}

TEST_F(Service, WritesMetricsThatMonitoringReads) {
  const std::string metrics = path("socklock.prom");
  ASSERT_EQ(run("socklock record -q --metrics " + metrics + " -o " + path("a.slk") +
                " -- lockload --held --mutexes 4 --rounds 50")
                .status,
            0);
  std::ifstream in(metrics);
  std::uint64_t contentions = 0;
  std::string line, last;
  while (std::getline(in, line)) {
    last = line;
    if (line.starts_with("socklock_contentions_total{")) contentions += std::stoull(line.substr(line.rfind(' ')));
  }
  EXPECT_EQ(last, "# EOF");
  EXPECT_EQ(contentions, info(path("a.slk"))["contentions"]);
  EXPECT_GE(contentions, 150U);
}

using Rights = LiveTest;

TEST_F(Rights, AreGivenUpOnceEverythingIsAttached) {
  Background recorder("socklock-record record -q --stacks all -o " + path("a.slk"));
  // The file is there a moment before.
  EXPECT_TRUE(eventually([&] { return status_field(recorder.pid(), "CapEff") == "0000000000000000"; }));
  EXPECT_EQ(status_field(recorder.pid(), "CapPrm"), "0000000000000000");
  EXPECT_EQ(status_field(recorder.pid(), "NoNewPrivs"), "1");
  EXPECT_EQ(run(kWaitsForUnixSockets).status, 0);
  recorder.signal(SIGINT);
  ASSERT_EQ(recorder.wait(), 128 + SIGINT);
  expect_exact_books(info(path("a.slk")));
  const auto classes = report(path("a.slk"))["by_class"];
  EXPECT_TRUE(names_locks_of_unix_sockets(classes)) << classes;
}

// As with file capabilities, or systemd's AmbientCapabilities=.
TEST_F(Rights, ThreeCapabilitiesAreEnough) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  fs::permissions(path(""), fs::perms::all);
  for (fs::path folder = bin_folder(); folder.has_relative_path(); folder = folder.parent_path())
    if ((fs::status(folder).permissions() & fs::perms::others_exec) == fs::perms::none)
      GTEST_SKIP() << "other users may not look into " << folder.filename();
  // Who may do nothing else may not make threads meet, either: the load is ours.
  Background recorder(
      "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon,+syslog "
      "--ambient-caps=-all,+bpf,+perfmon,+syslog --bounding-set=-all,+bpf,+perfmon,+syslog "
      "socklock-record record -q --stacks all -o " +
      path("a.slk"));
  ASSERT_TRUE(wait_for_trace(path("a.slk")));
  EXPECT_EQ(run(kWaitsForUnixSockets).status, 0);
  recorder.signal(SIGINT);
  ASSERT_EQ(recorder.wait(), 128 + SIGINT);
  expect_exact_books(info(path("a.slk")));
  const auto classes = report(path("a.slk"))["by_class"];
  EXPECT_TRUE(names_locks_of_unix_sockets(classes)) << classes;
}

// A small file system of this test's own, to be filled.
class FullDisk : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (IsSkipped()) return;
    fs::create_directory(path("disk"));
    mounted_ = mount("socklock-test", path("disk").c_str(), "tmpfs", 0, "size=512k") == 0;
    if (!mounted_) GTEST_SKIP() << "no file system can be mounted here: " << std::strerror(errno);
  }
  void TearDown() override {
    if (mounted_) umount(path("disk").c_str());
    LiveTest::TearDown();
  }

 private:
  bool mounted_ = false;
};

TEST_F(FullDisk, EndsTheRecordingAndSaysSo) {
  Background load("lockload --held --mutexes 32 --seconds 300");
  const std::string trace = path("disk/a.slk");
  const Ran ran = run("socklock record -q -d 200 --interval 0.1 -o " + trace);
  EXPECT_EQ(ran.status, 3) << ran.err;
  EXPECT_NE(ran.err.find("the disk is full"), std::string::npos) << ran.err;
  const auto document = info(trace);
  EXPECT_FALSE(document["closed"]);
  EXPECT_GT(document["contentions"], 0);
  EXPECT_EQ(document["contentions"], report(trace)["total"]["contentions"]);
}

TEST_F(FullDisk, EndsAnExperimentWhichGoesOnWhenThereIsRoom) {
  const std::string command = "lockload --held --mutexes 4 --rounds 5; sleep 0.1";
  const std::string line = "socklock ab " + path("disk/x") + " --rounds 1 --warmup 0 --unit seconds ";
  ASSERT_EQ(run("head -c 504k /dev/zero >" + path("disk/fill")).status, 0);
  const Ran ran = run(line + "--before '" + command + "' --after '" + command + "'");
  EXPECT_EQ(ran.status, 3) << ran.err;
  EXPECT_NE(ran.err.find("No space left"), std::string::npos) << ran.err;
  fs::remove(path("disk/fill"));
  const Ran again =
      run(fs::exists(path("disk/x/manifest.json")) ? "socklock ab " + path("disk/x") + " --resume"
                                                   : line + "--before '" + command + "' --after '" + command + "'");
  EXPECT_TRUE(again.status == 0 || again.status == 6) << again.err;
  EXPECT_FALSE(fs::exists(path("disk/x/unfinished.slk")));
}

}  // namespace
}  // namespace socklock::live
