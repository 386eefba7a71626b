// SPDX-License-Identifier: GPL-2.0-or-later
// Our figures against those of `perf lock record -a` at the same time, wait by wait of the same window.
#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "tests/live/host.h"
#include "tests/support/perf_waits.h"

namespace socklock::live {
namespace {

using namespace perf_witness;

// Of the tools that hit a tracepoint, the one attached first runs first. Whichever comes second begins its wait
// later by what the first needs at a begin, and ends it later by what that needs at an end: 0.3 to 1.1 microseconds,
// as machines go. Nothing beside waits of tens of microseconds, but a tenth of those for the churn's spinlocks.
struct Load {
  const char* command;
  Kind kind;
  double wait_tolerance;  // of the sum
  double shift_ns;        // of each wait, where that is more
};
constexpr std::array kLoads{
    Load{"connchurn --listeners shared --servers 8 --clients 8 --seconds 2", kSpin, 0.03, 1500},
    Load{"lockload --udp-binds 4 --crowd 8000 --seconds 1.5", kSpin, 0.03, 0},
    // Long messages keep the mutex held.
    Load{"lockload --mutexes 6 --bytes 65536 --seconds 1.5", kMutex, 0.03, 0},
    Load{"lockload --rwsems 3 --seconds 1.5", kRwsem, 0.03, 0},
};

enum class First { kPerf, kSocklock };

class PerfAgreement : public LiveTest, public testing::WithParamInterface<First> {
 protected:
  void start_perf() {
    perf_.emplace("perf lock record -a -k mono -m 16M --no-call-graph -o " + path("p.data") +
                  " -- sleep 100 >/dev/null 2>/dev/null");
    ASSERT_TRUE(wait_for_file(path("p.data")));
    sleep_seconds(1);
  }
  void start_ours() {
    // A walk of the stack is no part of the wait to us, but to perf it is.
    ours_.emplace("socklock record -q --stacks off -o " + path("a.slk"));
    ASSERT_TRUE(wait_for_trace(path("a.slk")));
    sleep_seconds(0.5);
  }
  // What the importer makes of perf's text, against what the witness makes of the same lines.
  void expect_import_agrees(Window window, Kind kind) {
    const Sums imported = read_ours(path("p.slk"), window)[kind];
    const Sums perfs = read_perfs(path("p.txt"), window)[kind];
    EXPECT_NEAR(imported.contentions, perfs.contentions, 1 + 0.001 * perfs.contentions);
    EXPECT_NEAR(imported.wait_ns, perfs.wait_ns, 0.005 * perfs.wait_ns);
  }
  // When each load ran: one after another, together they would only take the CPUs from each other.
  std::array<Window, kLoads.size()> run_loads() {
    std::array<Window, kLoads.size()> windows;
    for (std::size_t i = 0; i < kLoads.size(); ++i) {
      windows[i].begin_ns = monotonic_ns();
      EXPECT_EQ(run(kLoads[i].command).status, 0) << kLoads[i].command;
      windows[i].end_ns = monotonic_ns();
    }
    return windows;
  }
  void stop() {
    ours_->signal(SIGINT);
    EXPECT_EQ(ours_->wait(), 128 + SIGINT);
    perf_->signal(SIGINT);
    perf_->wait();
  }

 private:
  std::optional<Background> perf_;
  std::optional<Background> ours_;
};

TEST_P(PerfAgreement, CountsAndWaitsAreThoseOfPerf) {
  if (run("perf lock record -a -o " + path("try.data") + " -- true").status != 0)
    GTEST_SKIP() << "perf can't record locks here";
  if (GetParam() == First::kPerf) {
    ASSERT_NO_FATAL_FAILURE(start_perf());
    ASSERT_NO_FATAL_FAILURE(start_ours());
  } else {
    ASSERT_NO_FATAL_FAILURE(start_ours());
    ASSERT_NO_FATAL_FAILURE(start_perf());
  }
  if (cpus_are_busy())
    GTEST_SKIP() << "other programs keep the CPUs busy: the tools would take part in what they measure";
  const auto windows = run_loads();
  stop();
  ASSERT_EQ(run("perf script -i " + path("p.data") + " --ns -F tid,cpu,time,event,trace >" + path("p.txt")).status, 0);
  ASSERT_EQ(run("grep -c LOST " + path("p.txt")).status, 1) << "perf lost events";
  ASSERT_EQ(run("socklock import perf-script " + path("p.txt") + " -o " + path("p.slk")).status, 0);
  bool too_busy = false;
  for (std::size_t i = 0; i < kLoads.size(); ++i) {
    const Load& load = kLoads[i];
    SCOPED_TRACE(load.command);
    if (load.kind == kSpin && !sees_spinlocks()) {
      std::puts("spinlock: not reported by this host's kernel, so not compared; tests/vm does it in a guest");
      continue;
    }
    Window window = windows[i];
    const Sums ours = read_ours(path("a.slk"), window)[load.kind];
    const Sums perfs = read_perfs(path("p.txt"), window)[load.kind];
    std::printf("%s: %.0f waits, %.0f ns here; %.0f waits, %.0f ns by perf; %+.2f %%\n", kKindNames[load.kind],
                ours.contentions, ours.wait_ns, perfs.contentions, perfs.wait_ns,
                100 * (ours.wait_ns / perfs.wait_ns - 1));
    if (perfs.contentions < 300) {
      too_busy = true;
      continue;
    }
    expect_import_agrees(window, load.kind);
    EXPECT_NEAR(ours.contentions, perfs.contentions, 0.01 * perfs.contentions);
    EXPECT_NEAR(ours.wait_ns, perfs.wait_ns,
                std::max(load.wait_tolerance * perfs.wait_ns, load.shift_ns * perfs.contentions));
  }
  if (too_busy)
    GTEST_SKIP() << "other programs keep the CPUs busy, so that a load's threads do not meet: too few waits";
}

INSTANTIATE_TEST_SUITE_P(Order, PerfAgreement, testing::Values(First::kPerf, First::kSocklock),
                         [](const auto& order) { return order.param == First::kPerf ? "PerfFirst" : "SocklockFirst"; });

}  // namespace
}  // namespace socklock::live
