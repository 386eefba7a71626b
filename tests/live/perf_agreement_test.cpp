// SPDX-License-Identifier: GPL-2.0-or-later
// Our figures against those of `perf lock record -a` at the same time, wait by wait of the same window.
#include <algorithm>
#include <array>
#include <csignal>

#include "tests/live/host.h"
#include "tests/support/perf_waits.h"

namespace socklock::live {
namespace {

using namespace perf_witness;

// Of the tools that hit a tracepoint, the one attached first runs first. Whichever comes second begins its wait
// later by what the first needs at a begin, and ends it later by what that needs at an end.
//
// That is some 0.2 us, little of a mutex's wait, but more than 3 % of the 1.6 us that these loads' spinlocks wait.
constexpr double kWaitTolerance = 0.03;
constexpr std::array<double, kKinds> kShiftToleranceNs{400, 0, 0};

enum class First { kPerf, kSocklock };

class PerfAgreement : public LiveTest, public testing::WithParamInterface<First> {
 protected:
  // One load a kind, one after another: together they would only take the CPUs from each other.
  // Long messages keep the mutex held, so that its waits are long beside what the tools themselves need.
  static std::string loads() {
    return "sh -c 'connchurn --listeners shared --servers 8 --clients 8 --seconds 3; "
           "lockload --mutexes 6 --bytes 65536 --seconds 2; lockload --rwsems 3 --seconds 2'";
  }
  [[nodiscard]] std::string perf_command() const {
    return "perf lock record -a -k mono -m 16M --no-call-graph -o " + path("p.data") +
           " -- sleep 100 >/dev/null 2>/dev/null";
  }
  [[nodiscard]] std::string our_command() const { return "socklock record -q -o " + path("a.slk"); }

  void record_perf_first() {
    Background perf(perf_command());
    ASSERT_TRUE(wait_for_file(path("p.data"), 20));
    sleep_seconds(1);
    ASSERT_EQ(run(our_command() + " -- " + loads()).status, 0);
    perf.signal(SIGINT);
    perf.wait();
  }

  void record_socklock_first() {
    Background ours(our_command());
    ASSERT_TRUE(wait_for_file(path("a.slk"), 20));
    sleep_seconds(2);
    {
      Background perf(perf_command());
      ASSERT_TRUE(wait_for_file(path("p.data"), 20));
      sleep_seconds(1);
      ASSERT_EQ(run(loads()).status, 0);
      // Ends within what perf covers.
      ours.signal(SIGINT);
      ASSERT_EQ(ours.wait(), 0);
      perf.signal(SIGINT);
      perf.wait();
    }
  }
};

TEST_P(PerfAgreement, CountsAndWaitsAreThoseOfPerf) {
  if (run("perf lock record -a -o " + path("try.data") + " -- true").status != 0)
    GTEST_SKIP() << "perf can't record locks here";
  GetParam() == First::kPerf ? record_perf_first() : record_socklock_first();
  ASSERT_EQ(run("perf script -i " + path("p.data") + " --ns -F tid,cpu,time,event,trace >" + path("p.txt")).status, 0);
  ASSERT_EQ(run("grep -c LOST " + path("p.txt")).status, 1) << "perf lost events";
  Window window = perfs_window(path("p.txt"));
  const KindSums ours = read_ours(path("a.slk"), window);
  const KindSums perfs = read_perfs(path("p.txt"), window);
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    SCOPED_TRACE(kKindNames[kind]);
    if (kind == kSpin && !sees_spinlocks()) {
      std::puts("spinlock: not reported by this host's kernel, so not compared; tests/vm does it in a guest");
      continue;
    }
    std::printf("%s: %.0f waits, %.0f ns here; %.0f waits, %.0f ns by perf; %+.2f %%\n", kKindNames[kind],
                ours[kind].contentions, ours[kind].wait_ns, perfs[kind].contentions, perfs[kind].wait_ns,
                100 * (ours[kind].wait_ns / perfs[kind].wait_ns - 1));
    EXPECT_GT(perfs[kind].contentions, 100);
    EXPECT_NEAR(ours[kind].contentions / perfs[kind].contentions, 1, 0.01);
    EXPECT_NEAR(ours[kind].wait_ns, perfs[kind].wait_ns,
                std::max(kWaitTolerance * perfs[kind].wait_ns, kShiftToleranceNs[kind] * perfs[kind].contentions));
  }
}

INSTANTIATE_TEST_SUITE_P(Order, PerfAgreement, testing::Values(First::kPerf, First::kSocklock),
                         [](const auto& order) { return order.param == First::kPerf ? "PerfFirst" : "SocklockFirst"; });

}  // namespace
}  // namespace socklock::live
