// SPDX-License-Identifier: GPL-2.0-or-later
// A recording's life: how it starts, what it writes, how it ends.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

using Record = LiveTest;

TEST_F(Record, KeepsTheStatusOfTheCommand) {
  const Ran ran = run("socklock record -q -o " + path("a.slk") + " -- sh -c 'exit 7'");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(info(path("a.slk"))["workload"]["exit_status"], 7);
}

TEST_F(Record, ForwardsTheStatusOfTheCommandWhenAsked) {
  EXPECT_EQ(run("socklock record -q --forward-exit -o " + path("a.slk") + " -- sh -c 'exit 7'").status, 7);
}

TEST_F(Record, KeepsTheSignalThatEndedTheCommand) {
  EXPECT_EQ(run("socklock record -q -o " + path("a.slk") + " -- sh -c 'kill -TERM $$'").status, 0);
  EXPECT_EQ(info(path("a.slk"))["workload"]["exit_status"], 128 + SIGTERM);
}

TEST_F(Record, RefusesAFileThatExists) {
  std::ofstream(path("a.slk")) << "precious";
  const Ran ran = run("socklock record -q -d 0.2 -o " + path("a.slk"));
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("a.slk"), std::string::npos) << ran.err;
  EXPECT_EQ(std::filesystem::file_size(path("a.slk")), 8U);
}

TEST_F(Record, NamesFilesItselfWithoutOverwriting) {
  const std::string folder = path("");
  EXPECT_EQ(run("cd " + folder + " && socklock record -q -d 0.2 && socklock record -q -d 0.2").status, 0);
  std::size_t traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    traces += entry.path().extension() == ".slk" ? 1U : 0U;
  EXPECT_EQ(traces, 2U);
}

TEST_F(Record, StreamsToStandardOutput) {
  const Ran ran = run("socklock record -q -d 0.4 -o - | cat >" + path("a.slk"));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(info(path("a.slk"))["closed"]);
}

TEST_F(Record, RedactedTracesDoNotTellWhoseTheyAre) {
  ASSERT_EQ(
      run("socklock record -q --redact -o " + path("a.slk") + " -- lockload --held --mutexes 6 --rounds 20").status, 0);
  const auto document = info(path("a.slk"));
  EXPECT_GT(document["contentions"], 0);
  EXPECT_EQ(run("socklock info " + path("a.slk") + " | grep -w \"$(uname -n)\"").status, 1);
  EXPECT_EQ(document["workload"]["argv"], nlohmann::json::array({"(redacted)"}));
  const auto by_process = report(path("a.slk"), "--by process")["by_process"];
  ASSERT_FALSE(by_process.empty());
  for (const auto& row : by_process) EXPECT_TRUE(row["process"].get<std::string>().starts_with("thread-")) << row;
}

TEST_F(Record, EndsInOrderOnSignals) {
  for (const int number : {SIGINT, SIGTERM}) {
    const std::string trace = path(std::to_string(number) + ".slk");
    Background recorder("socklock record -q -o " + trace);
    ASSERT_TRUE(wait_for_trace(trace));
    sleep_seconds(0.3);
    recorder.signal(number);
    EXPECT_EQ(recorder.wait(), 128 + number);
    EXPECT_TRUE(info(trace)["closed"]);
  }
}

TEST_F(Record, LastsAsLongAsItIsAskedTo) {
  // From when programs run to when they are stopped. What the recorder adds, it adds each time; what another process
  // or the host of a virtual machine adds is not in the shortest of several. A real-time process is woken as soon as
  // the timer says.
  std::uint64_t shortest_ns = UINT64_MAX;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(run("chrt -f 1 socklock record -q --overwrite -d 0.3 -o " + path("a.slk")).status, 0);
    const std::uint64_t duration_ns = info(path("a.slk"))["duration_ns"];
    EXPECT_GE(duration_ns, 300'000'000U);
    shortest_ns = std::min(shortest_ns, duration_ns);
  }
  EXPECT_LT(shortest_ns, 315'000'000U);
}

// Commands that find nothing that earlier recordings of this boot left, and leave nothing for others.
Ran in_own_folder(const std::string& commands) {
  return run("unshare -m sh -c 'mkdir -p /run/socklock && mount -t tmpfs -o mode=700 none /run/socklock && " +
             commands + "'");
}

TEST_F(Record, RunsWithARealTimePolicy) {
  if (in_own_folder("true").status != 0) GTEST_SKIP() << "only root may mount";
  // Threads of the self-test held every processor for ever, and kept the rest of the machine from working.
  EXPECT_EQ(in_own_folder("timeout 60 chrt -f 1 socklock record -q -d 0.2 -o " + path("a.slk")).status, 0);
}

TEST_F(Record, HowSpinlocksWaitIsFoundOutOnceABoot) {
  if (in_own_folder("true").status != 0) GTEST_SKIP() << "only root may mount";
  const std::string record = "socklock record -q -d 0.2 -o ";
  const Ran first = in_own_folder(record + path("first.slk") + " && tail -n 1 /run/socklock/spinlock-mode");
  ASSERT_EQ(first.status, 0) << first.err;
  const std::string mode = info(path("first.slk"))["spinlock_mode"];
  if (mode == "unknown") GTEST_SKIP() << "too busy a machine for the self-test";
  EXPECT_EQ(first.out, mode);

  const std::string other = mode == "native" ? "pv" : "native";
  const Ran second = in_own_folder("(echo socklock spinlock-mode 1; cat /proc/sys/kernel/random/boot_id; printf " +
                                   other + ") > /run/socklock/spinlock-mode && " + record + path("second.slk"));
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_EQ(info(path("second.slk"))["spinlock_mode"], other) << "of the earlier recording";
}

TEST_F(Record, ManyWaitsMakeIntervalsShorterAndTheRecorderNoLarger) {
  ASSERT_EQ(run("socklock record -q -o " + path("a.slk") + " -- lockload --mutexes 6 --seconds 3").status, 0);
  const Ran ran = run("socklock query --format csv " + path("a.slk") +
                      " 'SELECT max(n) FROM (SELECT count(*) n FROM events GROUP BY interval)'");
  ASSERT_EQ(ran.status, 0) << ran.err;
  // 24,000, and what comes between two looks at the rings; half a second of this load has up to 80,000.
  EXPECT_LT(std::stoul(ran.out.substr(ran.out.find('\n'))), 50'000U) << ran.out;
}

TEST_F(Record, EndsWithTheProcessThatItIsFilteredTo) {
  Background process("sleep 1000");
  const std::string pid = std::to_string(process.pid());
  Background recorder("socklock record -q -p " + pid + " -o " + path("a.slk"));
  ASSERT_TRUE(wait_for_trace(path("a.slk")));
  process.signal(SIGTERM);
  process.wait();
  EXPECT_EQ(recorder.wait(), 0);
  const auto document = info(path("a.slk"));
  EXPECT_TRUE(document["closed"]);
  EXPECT_EQ(document["workload"]["filter"], "pid " + pid + " (sleep)");
}

TEST_F(Record, RefusesAProcessThatIsNotThere) {
  const Ran ran = run("sleep 0 & pid=$!; wait $pid; socklock record -q -d 0.2 -p $pid -o " + path("a.slk"));
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("no such process"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(path("a.slk")));
}

// Processes that run `sleep SECONDS`, by a number of seconds that no other test has.
std::string alive(const std::string& seconds) { return run("pgrep -f '^sleep " + seconds + "$' | wc -l").out; }

TEST_F(Record, TheCommandAndAllThatItStartedEndWithTheTime) {
  const Ran ran = run("socklock record -q -d 0.5 -o " + path("a.slk") +
                      " -- sh -c 'sleep 3301 & sh -c \"trap : TERM; sleep 3301\" & exec sleep 3301'");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(alive("3301"), "0\n");
  EXPECT_EQ(info(path("a.slk"))["workload"]["exit_status"], 128 + SIGTERM);
}

TEST_F(Record, ACommandThatWillNotEndIsKilled) {
  // What is ignored at the start is ignored by the command, too, from its first moment on.
  const Ran ran =
      run("trap '' TERM INT HUP; socklock record -q -d 0.5 -o " + path("a.slk") + " -- sh -c 'sleep 3302; sleep 3302'");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(alive("3302"), "0\n");
  EXPECT_EQ(info(path("a.slk"))["workload"]["exit_status"], 128 + SIGKILL);
}

TEST_F(Record, ASignalEndsTheCommandTooAndIsTheStatus) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string mark = path("started" + std::to_string(number)), trace = path(std::to_string(number) + ".slk");
    Background recorder("socklock record -q -o " + trace + " -- sh -c 'echo up >" + mark + "; sleep 3303; sleep 3303'");
    ASSERT_TRUE(wait_for_file(mark));
    recorder.signal(number);
    EXPECT_EQ(recorder.wait(), 128 + number);
    EXPECT_EQ(alive("3303"), "0\n") << number;
    EXPECT_TRUE(info(trace)["closed"]);
  }
}

TEST_F(Record, ASignalDuringTheSetUpStartsNothing) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    for (const char* command : {"", " -- touch "}) {
      const std::string trace = path(std::to_string(number) + ".slk"), mark = path("started");
      const std::string line = std::string("socklock record -q -o ") + trace;
      Background recorder(*command == '\0' ? line : line + command + mark);
      // Stopped, so that it is in its set-up when the signal comes, however long this test has to wait for a processor.
      ASSERT_TRUE(stop_in_the_set_up(recorder, trace)) << "it had begun already";
      recorder.signal(number);
      recorder.signal(SIGCONT);
      EXPECT_EQ(recorder.wait(), 128 + number);
      EXPECT_FALSE(std::filesystem::exists(trace)) << number;
      EXPECT_FALSE(std::filesystem::exists(mark)) << number;
    }
  }
}

TEST_F(Record, ASignalAtAnyMomentLeavesNothingRunning) {
  std::mt19937 random(20062);  // NOLINT(cert-msc51-cpp): the same moments in every run of the test
  std::uniform_real_distribution<double> moment(0, 1.2);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGINT, SIGTERM, SIGHUP}) {
    const std::string trace = path("a.slk");
    Background recorder("socklock record -q --overwrite -o " + trace + " -- sh -c 'sleep 0.2; exec sleep 3304'");
    sleep_seconds(moment(random));
    recorder.signal(number);
    EXPECT_EQ(recorder.wait(), 128 + number);
    EXPECT_EQ(alive("3304"), "0\n");
    if (std::filesystem::exists(trace)) {
      EXPECT_TRUE(info(trace)["closed"]);
    }
  }
}

// The recorder itself can do nothing then.
TEST_F(Record, ARecorderThatIsKilledLeavesNoCommand) {
  for (const char* command : {"exec sleep 3305", "sleep 3305 & sleep 3305; sleep 3305", "trap : TERM; sleep 3305"}) {
    const std::string trace = path("a.slk"), mark = path("started");
    std::filesystem::remove(mark);
    Background recorder("socklock record -q --overwrite -o " + trace + " -- sh -c 'echo up >" + mark + "; " + command +
                        "'");
    ASSERT_TRUE(wait_for_file(mark));
    recorder.signal(SIGKILL);
    EXPECT_EQ(recorder.wait(), 128 + SIGKILL);
    EXPECT_TRUE(eventually([] { return alive("3305") == "0\n"; })) << command;
    EXPECT_FALSE(info(trace)["closed"]);  // and it can be read
  }
}

TEST_F(Record, NohupIsRespected) {
  const std::string trace = path("a.slk");
  Background recorder("sh -c \"trap '' HUP; exec socklock record -q -d 1.5 -o " + trace + "\"");
  ASSERT_TRUE(wait_for_trace(trace));
  recorder.signal(SIGHUP);
  EXPECT_EQ(recorder.wait(), 0);
  EXPECT_TRUE(info(trace)["closed"]);
}

TEST_F(Record, AMistypedCommandLeavesWhatWasThere) {
  std::ofstream(path("a.slk")) << "precious";
  std::filesystem::create_symlink("a.slk", path("link"));
  for (const char* name : {"a.slk", "link"}) {
    EXPECT_EQ(run("socklock record -q --overwrite -o " + path(name) + " -- ./no-such-command").status, 2);
    EXPECT_EQ(std::filesystem::file_size(path(name)), 8U) << name;
  }
  EXPECT_EQ(run("socklock record -q -o " + path("new.slk") + " -- ./no-such-command").status, 2);
  EXPECT_FALSE(std::filesystem::exists(path("new.slk")));
  ASSERT_EQ(run("mknod " + path("null") + " c 1 3 && mkfifo " + path("fifo")).status, 0);
  EXPECT_EQ(run("socklock record -q --overwrite -o " + path("null") + " -- ./no-such-command").status, 2);
  EXPECT_EQ(run("socklock record -q --overwrite -o " + path("fifo") + " -d 0.2").status, 3) << "nobody reads it";
  EXPECT_EQ(run("test -c " + path("null") + " && test -p " + path("fifo")).status, 0);
  EXPECT_EQ(run("ls " + path("") + " | grep -c '[.]new$'").out, "0\n");
}

TEST_F(Record, ATraceBelongsToWhoeverUsedSudo) {
  EXPECT_EQ(run("SUDO_UID=1234 SUDO_GID=4321 socklock record -q -d 0.2 -o " + path("a.slk")).status, 0);
  EXPECT_EQ(run("stat -c %u:%g:%a " + path("a.slk")).out, "1234:4321:600\n");
  // Replaced in that user's folder, where a root without capabilities may write nothing.
  run("chown 1234:4321 " + path("") + " && chmod 755 " + path(""));
  EXPECT_EQ(run("SUDO_UID=1234 SUDO_GID=4321 socklock record -q --overwrite -d 0.2 -o " + path("a.slk")).status, 0);
  EXPECT_EQ(run("stat -c %u:%g:%a " + path("a.slk")).out, "1234:4321:600\n");
}

TEST_F(Record, MetricsAreWrittenThroughNoLink) {
  std::ofstream(path("victim")) << "precious";
  for (const char* link : {"m.prom", "m.prom.new"}) std::filesystem::create_symlink("victim", path(link));
  EXPECT_EQ(run("socklock record -q -d 0.5 -o " + path("a.slk") + " --metrics " + path("m.prom")).status, 0);
  EXPECT_EQ(std::filesystem::file_size(path("victim")), 8U);
  EXPECT_EQ(run("tail -n 1 " + path("m.prom")).out, "# EOF\n");
}

TEST_F(Record, SaysWhatIsMissingWithoutPrivileges) {
  // The build folder may be closed to others: the program is opened before the user changes.
  const Ran ran = run("cp $(command -v socklock-record) " + path("r") + " && chmod 755 " + path("r") + " " + path("") +
                      " && setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all " + path("r") +
                      " record -d 0.2 -o /dev/null");
  EXPECT_EQ(ran.status, 4) << ran.err;
  EXPECT_NE(ran.err.find("hint:"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("CAP_BPF"), std::string::npos) << ran.err;
}

TEST_F(Record, SaysThatACommandIsMissing) {
  const Ran ran = run("socklock record -q -o " + path("a.slk") + " -- /nonexistent/program");
  EXPECT_NE(ran.status, 0);
  EXPECT_NE(ran.err.find("/nonexistent/program"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(path("a.slk")));
}

// A load that begins when it is let, by then recorded.
constexpr const char* kHeldWaits = "lockload --held --mutexes 6 --rounds 50";
constexpr std::uint64_t kLeastHeldWaits = 250;

void expect_only_waits_of(const nlohmann::json& by_process, pid_t process) {
  const std::string pid = "(" + std::to_string(process) + ")";
  std::uint64_t waits = 0;
  for (const auto& row : by_process) {
    EXPECT_NE(row["process"].get<std::string>().find(pid), std::string::npos) << row;
    waits += row["contentions"].get<std::uint64_t>();
  }
  EXPECT_GE(waits, kLeastHeldWaits);
}

TEST_F(Record, FilterByProcessLeavesOthersOut) {
  ASSERT_EQ(mkfifo(path("go").c_str(), 0600), 0);
  Background wanted("sh -c 'read go <" + path("go") + "; exec " + kHeldWaits + "'");
  Background recorder("socklock record -q -p " + std::to_string(wanted.pid()) + " -o " + path("a.slk"));
  ASSERT_TRUE(wait_for_trace(path("a.slk")));
  EXPECT_EQ(run(kHeldWaits).status, 0);  // another process's
  const pid_t pid = wanted.pid();
  std::ofstream(path("go")) << "now\n";
  EXPECT_EQ(wanted.wait(), 0);
  ASSERT_EQ(recorder.wait(), 0);
  expect_only_waits_of(report(path("a.slk"), "--from-events")["by_process"], pid);
  EXPECT_GE(info(path("a.slk"))["pairing"]["filtered"], kLeastHeldWaits);
}

TEST_F(Record, FilterByCgroupLeavesOthersOut) {
  std::string root = "/sys/fs/cgroup";
  if (!std::filesystem::exists(root + "/cgroup.procs")) root += "/unified";
  const std::string group = root + "/socklock-test-" + std::to_string(getpid());
  std::error_code refused;
  if (!std::filesystem::exists(root + "/cgroup.procs") || !std::filesystem::create_directory(group, refused))
    GTEST_SKIP() << "no cgroup v2 hierarchy in which a group could be made";
  {
    Background recorder("socklock record -q --cgroup " + group + " -o " + path("a.slk"));
    ASSERT_TRUE(wait_for_trace(path("a.slk")));
    EXPECT_EQ(run(kHeldWaits).status, 0);  // of another group
    Background wanted("sh -c 'echo $$ >" + group + "/cgroup.procs; exec " + kHeldWaits + "'");
    const pid_t pid = wanted.pid();
    EXPECT_EQ(wanted.wait(), 0);
    recorder.signal(SIGINT);
    ASSERT_EQ(recorder.wait(), 128 + SIGINT);
    expect_only_waits_of(report(path("a.slk"), "--from-events")["by_process"], pid);
  }
  std::filesystem::remove(group, refused);
}

}  // namespace
}  // namespace socklock::live
