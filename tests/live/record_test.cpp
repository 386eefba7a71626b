// SPDX-License-Identifier: GPL-2.0-or-later
// A recording's life: how it starts, what it writes, how it ends.
#include <csignal>
#include <filesystem>
#include <fstream>

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
  ASSERT_EQ(run("socklock record -q --redact -o " + path("a.slk") + " -- lockload --mutexes 6 --seconds 1").status, 0);
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
    ASSERT_TRUE(wait_for_file(trace, 20));
    sleep_seconds(0.3);
    recorder.signal(number);
    EXPECT_EQ(recorder.wait(), 0);
    EXPECT_TRUE(info(trace)["closed"]);
  }
}

TEST_F(Record, LastsAsLongAsItIsAskedTo) {
  // From when programs run to when they are stopped: a busy machine wakes the recorder late, never early.
  ASSERT_EQ(run("socklock record -q -d 0.5 -o " + path("a.slk")).status, 0);
  EXPECT_GE(info(path("a.slk"))["duration_ns"], 500'000'000U);
  EXPECT_LT(info(path("a.slk"))["duration_ns"], 515'000'000U);
}

TEST_F(Record, ASignalDuringTheStartEndsItAtOnce) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string trace = path(std::to_string(number) + ".slk");
    // A shell's background ignores SIGINT, and what it starts inherits that.
    Background recorder("sh -c \"trap '' INT; exec socklock record -q -o " + trace + "\"");
    sleep_seconds(0.15);
    if (std::filesystem::exists(trace)) GTEST_SKIP() << "it had begun already";
    recorder.signal(number);
    const std::uint64_t before = monotonic_ns();
    EXPECT_EQ(recorder.wait(), 128 + number);
    EXPECT_LT(monotonic_ns() - before, 500'000'000U);
    EXPECT_FALSE(std::filesystem::exists(trace));
  }
}

TEST_F(Record, EndsWithTheProcessThatItIsFilteredTo) {
  Background process("sleep 4");
  ASSERT_EQ(run("socklock record -q -p " + std::to_string(process.pid()) + " -o " + path("a.slk")).status, 0);
  const auto document = info(path("a.slk"));
  EXPECT_TRUE(document["closed"]);
  EXPECT_LT(document["duration_ns"], 4'500'000'000U);
  EXPECT_EQ(document["workload"]["filter"], "pid " + std::to_string(process.pid()) + " (sleep)");
}

TEST_F(Record, RefusesAProcessThatIsNotThere) {
  const Ran ran = run("sleep 0 & pid=$!; wait $pid; socklock record -q -d 0.2 -p $pid -o " + path("a.slk"));
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("no such process"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(path("a.slk")));
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

TEST_F(Record, FilterByProcessLeavesOthersOut) {
  Background wanted("nice lockload --mutexes 6 --seconds 60");
  Background other("nice lockload --mutexes 6 --seconds 60");
  ASSERT_EQ(run("socklock record -q -d 1 -p " + std::to_string(wanted.pid()) + " -o " + path("a.slk")).status, 0);
  const auto by_process = report(path("a.slk"), "--from-events")["by_process"];
  ASSERT_FALSE(by_process.empty());
  const std::string pid = "(" + std::to_string(wanted.pid()) + ")";
  for (const auto& row : by_process) EXPECT_NE(row["process"].get<std::string>().find(pid), std::string::npos) << row;
  EXPECT_GT(info(path("a.slk"))["pairing"]["filtered"], 0);
}

TEST_F(Record, FilterByCgroupLeavesOthersOut) {
  std::string root = "/sys/fs/cgroup";
  if (!std::filesystem::exists(root + "/cgroup.procs")) root += "/unified";
  const std::string group = root + "/socklock-test-" + std::to_string(getpid());
  std::error_code refused;
  if (!std::filesystem::exists(root + "/cgroup.procs") || !std::filesystem::create_directory(group, refused))
    GTEST_SKIP() << "no cgroup v2 hierarchy in which a group could be made";
  {
    Background other("nice lockload --mutexes 6 --seconds 60");
    Background wanted("sh -c 'echo $$ >" + group + "/cgroup.procs; exec nice lockload --mutexes 6 --seconds 60'");
    sleep_seconds(0.3);
    const Ran ran = run("socklock record -q -d 1 --cgroup " + group + " -o " + path("a.slk"));
    EXPECT_EQ(ran.status, 0) << ran.err;
    const auto by_process = report(path("a.slk"), "--from-events")["by_process"];
    EXPECT_FALSE(by_process.empty());
    const std::string pid = "(" + std::to_string(wanted.pid()) + ")";
    for (const auto& row : by_process) EXPECT_NE(row["process"].get<std::string>().find(pid), std::string::npos) << row;
  }
  std::filesystem::remove(group, refused);
}

}  // namespace
}  // namespace socklock::live
