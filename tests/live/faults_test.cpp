// SPDX-License-Identifier: GPL-2.0-or-later
// What goes wrong while recording is injected for real; afterwards every begin is accounted for, and totals
// are exact or say by how much they are not.
#include <sys/time.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

using nlohmann::json;

class Faults : public LiveTest {
 protected:
  json recorded(const std::string& options, const std::string& load) const {
    const std::string trace = path("a.slk");
    const Ran ran = run("socklock record -q --overwrite " + options + " -o " + trace + " -- " + load);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return info(trace);
  }
};

TEST_F(Faults, ASlowReaderLosesEventsButNoSums) {
  const std::string trace = path("a.slk");
  Background recorder("socklock-record record -q --map-mb 1 -o " + trace);
  ASSERT_TRUE(wait_for_trace(trace));
  recorder.signal(SIGSTOP);
  // More waits than the rings hold, while nobody reads them.
  EXPECT_EQ(run("lockload --held --mutexes 64 --rounds 500").status, 0);
  recorder.signal(SIGCONT);
  recorder.signal(SIGINT);
  ASSERT_EQ(recorder.wait(), 128 + SIGINT);
  const json document = info(trace);
  EXPECT_GT(loss(document, "event_ring_full"), 0U) << document["contentions"];
  expect_exact_books(document);
  EXPECT_EQ(report(trace)["total"]["contentions"], document["contentions"]);
}

// What the bound of the cost leaves out is in no event and in every sum.
TEST_F(Faults, ABoundOfTheCostLeavesOutEventsButNoSums) {
  const json document = recorded("--max-overhead 0.05 --interval 0.2", "lockload --held --mutexes 32 --seconds 3");
  EXPECT_GT(document["events_left_out"], 0) << document["contentions"];
  expect_nothing_lost(document);
  expect_exact_books(document);
  EXPECT_EQ(report(path("a.slk"))["total"]["contentions"], document["contentions"]);
}

TEST_F(Faults, TenThousandThreadsComeAndGoWhileTheyWait) {
  const json document = recorded("", "lockload --come-and-go 10000 --alive 100");
  expect_nothing_lost(document);
  EXPECT_GT(document["contentions"], 100);
  expect_exact_books(document);
}

TEST_F(Faults, WaitersThatAreKilled) {
  const json document = recorded("", "lockload --killed 50");
  EXPECT_GT(document["contentions"], 50);
  EXPECT_EQ(loss(document, "missed_end"), 0U) << document["losses"];
  expect_exact_books(document);
}

// Both see the load from its begin to its end, so that they must find the same waits of its processes, and the same
// call paths but for the error that the one with sampled stacks states. One of the two records for longer, so that
// others' waits are not compared: the load has a name of its own.
TEST_F(Faults, TwoRecordersAtOnceSeeTheSame) {
  const std::string all = path("all.slk"), sampled = path("sampled.slk"), load = path("twoload");
  ASSERT_EQ(run("ln -s \"$(command -v lockload)\" " + load).status, 0);
  Background outer("socklock-record record -q --stacks all -o " + all);
  ASSERT_TRUE(wait_for_trace(all));
  const Ran inner =
      run("socklock record -q --stacks sampled -o " + sampled + " -- sh -c '" + load +
          " --mutexes 4 --owners 2 --seconds 3 & " + load + " --plain-io --mutexes 3 --owners 2 --seconds 3; " + load +
          " --held --mutexes 4 --owners 4 --rounds 200; wait'");
  ASSERT_EQ(inner.status, 0) << inner.err;
  outer.signal(SIGINT);
  ASSERT_EQ(outer.wait(), 128 + SIGINT);
  expect_exact_books(info(all));
  expect_exact_books(info(sampled));
  // A stack that was followed to another's is rare, and said.
  EXPECT_LE(info(sampled)["stacks"]["disagreed"], 1 + info(sampled)["stacks"]["checked"].get<std::uint64_t>() / 100);
  const json expected = report(all, "--process twoload"), found = report(sampled, "--process twoload");
  int compared = 0;
  for (const auto& row : expected["by_class_path"]) {
    const std::string name = row["class"].get<std::string>() + " × " + row["path"].get<std::string>();
    if (row["class"] != "unix.iolock" && row["class"] != "tcp.sock.owner") continue;
    for (const auto& other : found["by_class_path"]) {
      if (other["class"] != row["class"] || other["path"] != row["path"]) continue;
      ++compared;
      const double error = other["contentions_error"].get<double>();
      EXPECT_NEAR(other["contentions"].get<double>(), row["contentions"].get<double>(),
                  1.5 * error + 0.01 * row["contentions"].get<double>() + 5)
          << name;
    }
  }
  EXPECT_GE(compared, 2) << expected["by_class_path"];
}

TEST_F(Faults, AReaderOfTheStreamThatGoesAway) {
  Background load("lockload --held --mutexes 16 --seconds 300");
  const Ran ran = run("{ socklock-record record -q -d 200 --interval 0.1 -o -; echo $? >" + path("status") +
                      "; } | head -c 1000 >" + path("a.slk"));
  std::ifstream in(path("status"));
  int status = -1;
  in >> status;
  EXPECT_EQ(status, 3) << ran.err;
  EXPECT_NE(ran.err.find("the reader of the trace went away"), std::string::npos) << ran.err;
}

TEST_F(Faults, NetworkNamespacesThatComeAndGo) {
  if (run("unshare -n true").status != 0) GTEST_SKIP() << "network namespaces are not permitted here";
  const json document = recorded(
      "",
      "sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do unshare -n sh -c \"ip link set lo up; "
      "exec connchurn --listeners shared --servers 4 --clients 4 --connections 50 --seconds 100\" & done; wait'");
  EXPECT_EQ(document["workload"]["exit_status"], 0);
  expect_nothing_lost(document);
  EXPECT_GT(document["work"]["connections_active"], 100);
  expect_exact_books(document);
}

TEST_F(Faults, AStepOfTheClockChangesNoTimes) {
  const std::string trace = path("a.slk");
  Background load("lockload --mutexes 3 --duty 10 --seconds 60");
  constexpr double kAsked_ns = 2e9;
  timespec before{};
  clock_gettime(CLOCK_REALTIME, &before);
  const std::uint64_t begin_ns = monotonic_ns();
  Background recorder("socklock-record record -q -d 2 -o " + trace);
  ASSERT_TRUE(wait_for_trace(trace));
  sleep_seconds(0.7);
  timespec stepped = before;
  stepped.tv_sec += 5;
  const bool permitted = clock_settime(CLOCK_REALTIME, &stepped) == 0;
  const std::string why = std::strerror(errno);
  if (permitted) {
    sleep_seconds(0.1);
    const std::uint64_t now_ns = static_cast<std::uint64_t>(before.tv_sec) * 1'000'000'000 +
                                 static_cast<std::uint64_t>(before.tv_nsec) + monotonic_ns() - begin_ns;
    const timespec restored{static_cast<time_t>(now_ns / 1'000'000'000), static_cast<long>(now_ns % 1'000'000'000)};
    ASSERT_EQ(clock_settime(CLOCK_REALTIME, &restored), 0);
  }
  ASSERT_EQ(recorder.wait(), 0);
  const auto elapsed_ns = static_cast<double>(monotonic_ns() - begin_ns);
  if (!permitted) GTEST_SKIP() << "the clock can't be set here: " << why;
  const json document = info(trace);
  expect_exact_books(document);
  expect_nothing_lost(document);
  // A busy machine ends it late; a clock that steps 5 s ahead within it would end it long before, or make it longer
  // than it took.
  const double duration_ns = document["duration_ns"];
  EXPECT_GE(duration_ns, kAsked_ns);
  EXPECT_LE(duration_ns, elapsed_ns);
}

}  // namespace
}  // namespace socklock::live
