// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording of connection churn with 8 + 8 threads holds: nothing lost, every begin accounted
// for, waits named and filed.
#include <algorithm>
#include <utility>

#include "tests/live/host.h"

namespace socklock::live {
namespace {

class Churn : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (IsSkipped()) return;
    const Ran ran =
        run("socklock record -q -o " + path("a.slk") +
            " -- sh -c 'connchurn --listeners shared --servers 8 --clients 8 --connections 5000 --seconds 100 && "
            "lockload --held --listeners 6 --rounds 20'");
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
};

TEST_F(Churn, LosesNothing) {
  const auto document = info(path("a.slk"));
  expect_nothing_lost(document);
  EXPECT_EQ(document["events"], document["contentions"]);
  // Those that are made to happen; where spinlocks are seen there are thousands more, unless the machine is busy.
  EXPECT_GE(document["contentions"], 100);
}

TEST_F(Churn, AccountsForEveryBegin) { expect_exact_books(info(path("a.slk"))); }

TEST_F(Churn, SummariesAndEventsAgree) {
  const auto exact = report(path("a.slk")), events = report(path("a.slk"), "--from-events");
  EXPECT_EQ(exact["total"]["contentions"], events["total"]["contentions"]);
  EXPECT_EQ(exact["total"]["wait_ns"], events["total"]["wait_ns"]);
  EXPECT_EQ(exact["by_class"].size(), events["by_class"].size());
}

TEST_F(Churn, FilesAndNamesTheSocketLayersWait) {
  const auto socket = report(path("a.slk"))["total"]["socket"];
  EXPECT_GT(socket["wait_ns"], 0);
  EXPECT_GE(socket["path_wait_share"], 0.99);
  EXPECT_GE(socket["classified_wait_share"], 0.95);
}

TEST_F(Churn, CountsConnectionsAsTheKernelDoes) {
  const auto document = info(path("a.slk"));
  const double ours = document["work"]["connections_active"], kernels = document["host_counters"]["Tcp.ActiveOpens"];
  EXPECT_GT(ours, 1000);
  EXPECT_NEAR(ours / kernels, 1, 0.01);
}

// In a network namespace of the test's own: others open connections meanwhile.
class Opened : public LiveTest {
 protected:
  // Of the namespace, what was recorded and how many the load opened.
  std::pair<double, double> recorded_and_opened(const std::string& options) {
    const Ran ran = run("unshare -n sh -c 'ip link set lo up && exec socklock record -q " + options + " -o " +
                        path("a.slk") + " -- connchurn --listeners shared --servers 4 --clients 4 --seconds 3'");
    EXPECT_EQ(ran.status, 0) << ran.err;
    const double opened = std::stod(ran.out.substr(ran.out.find(' ') + 1));  // "connections N failures ..."
    const auto work = info(path("a.slk"))["work"];
    return {work["connections_active"].get<double>() - work["elsewhere_active"].get<double>(), opened};
  }
  void SetUp() override {
    LiveTest::SetUp();
    if (!IsSkipped() && run("unshare -n true").status != 0) GTEST_SKIP() << "no network namespace can be made here";
  }
};

TEST_F(Opened, AreAllThereWhereTheKernelTellsThem) {
  const auto [recorded, opened] = recorded_and_opened("");
  EXPECT_EQ(recorded, opened);
  // A busy machine may open fewer than the recorder takes for many.
  if (opened > 20'000) {
    EXPECT_GT(info(path("a.slk"))["work"]["told_active"], opened / 2);
  }
}

TEST_F(Opened, AreCountedOneByOneWhereAskedTo) {
  const auto [recorded, opened] = recorded_and_opened("--work connections");
  EXPECT_EQ(recorded, opened);
  EXPECT_EQ(info(path("a.slk"))["work"]["told_active"], 0);
}

using Locks = LiveTest;

TEST_F(Locks, BucketsOfTheBindTableAreNamed) {
  if (!sees_spinlocks())
    GTEST_SKIP() << "this host's kernel does not report waits for spinlocks; tests/vm looks at them";
  // Nothing makes the holder of a spinlock wait for others to come. Real-time threads run on two processors at once,
  // whatever else the machine does, and end by themselves.
  ASSERT_EQ(run("socklock record -q -o " + path("a.slk") + " -- chrt -r 1 timeout 10 lockload --binds 2 --seconds 0.5")
                .status,
            0);
  const auto rows = report(path("a.slk"), "--by instance --limit 0")["by_instance"];
  const auto is_bucket = [](const nlohmann::json& row) {
    return row["instance"].get<std::string>().starts_with("tcp.bhash[");
  };
  EXPECT_GT(std::count_if(rows.begin(), rows.end(), is_bucket), 0)
      << "no bucket of bhash among " << rows.size() << " locks";
}

TEST_F(Locks, DoubledBeginsOfMutexesArePaired) {
  ASSERT_EQ(run("socklock record -q -o " + path("a.slk") + " -- lockload --held --mutexes 6 --rounds 50").status, 0);
  const auto document = info(path("a.slk"));
  expect_exact_books(document);
  // Nobody spins for a mutex whose holder sleeps: a begin before, and one after.
  EXPECT_GE(document["pairing"]["doubled_begins"], 250);
  const auto classes = report(path("a.slk"))["by_class"];
  EXPECT_TRUE(std::any_of(classes.begin(), classes.end(), [](const auto& row) {
    return row["class"] == "unix.iolock";
  })) << classes;
}

TEST_F(Locks, WaitsForTheOwnerOfASocketAreALockOfTheirOwn) {
  ASSERT_EQ(run("socklock record -q -o " + path("a.slk") + " -- lockload --held --owners 6 --rounds 50").status, 0);
  const auto document = info(path("a.slk"));
  expect_exact_books(document);
  std::uint64_t waits = 0, in_send_or_receive = 0, in_teardown = 0;
  const auto rows = report(path("a.slk"))["by_class_path"];
  for (const auto& row : rows) {
    if (row["class"] != "tcp.sock.owner") continue;
    waits += row["contentions"].get<std::uint64_t>();
    if (row["path"] == "send" || row["path"] == "receive")
      in_send_or_receive += row["contentions"].get<std::uint64_t>();
    if (row["path"] == "teardown") in_teardown += row["contentions"].get<std::uint64_t>();
  }
  EXPECT_GE(waits, 250U);
  EXPECT_LE(in_teardown, 1U) << "the socket is shut down once";
  EXPECT_EQ(waits, in_send_or_receive + in_teardown) << "nothing else uses that socket";
}

TEST_F(Locks, WaitsForOneListeningSocketAreWaitsForOneLock) {
  ASSERT_EQ(run("socklock record -q -o " + path("a.slk") + " -- lockload --held --listeners 8 --rounds 20").status, 0);
  std::uint64_t waits = 0, of_the_first = 0;
  const auto rows = report(path("a.slk"), "--by instance --sort contentions")["by_instance"];
  for (const auto& row : rows) {
    if (!row["instance"].get<std::string>().starts_with("tcp.listen_sock.owner")) continue;
    if (waits == 0) of_the_first = row["contentions"];
    waits += row["contentions"].get<std::uint64_t>();
  }
  EXPECT_GE(waits, 140U);
  EXPECT_GE(static_cast<double>(of_the_first), 0.9 * static_cast<double>(waits)) << rows;
}

TEST_F(Locks, OrdinaryWaitingForDataIsNoOwnerWait) {
  // One thread a socket: receivers sleep for data all the time, and never for an owner.
  ASSERT_EQ(run("socklock record -q -o " + path("a.slk") + " -- lockload --owners 1 --seconds 1").status, 0);
  ASSERT_GT(info(path("a.slk"))["work"]["segments_received"], 1000);
  const auto rows = report(path("a.slk"))["by_class"];
  for (const auto& row : rows) {
    if (row["class"] == "tcp.sock.owner") {
      EXPECT_LT(row["contentions"], 50) << row;
    }
  }
}

}  // namespace
}  // namespace socklock::live
