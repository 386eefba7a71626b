// SPDX-License-Identifier: GPL-2.0-or-later
// Facts about the host this test runs on, and how spinlocks wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "collector/host/cgroup.h"
#include "collector/host/host_facts.h"
#include "collector/host/spinlock_mode.h"
#include "collector/probe/self_test.h"
#include "tests/unit/collector/kernel_words.h"

namespace socklock::collector {
namespace {

using ::testing::HasSubstr;
using testing::WrittenKernel;

TEST(HostFacts, AreThoseOfThisHost) {
  const auto host = read_host();
  EXPECT_FALSE(host.kernel_release().empty());
  EXPECT_GE(host.cpus_possible(), host.cpus_online());
  EXPECT_GT(host.cpus_online(), 0U);
  EXPECT_GT(host.memory_bytes(), 1U << 20);
  EXPECT_GT(host.protocols_size(), 0);
  EXPECT_EQ(make_run_id().size(), 32U);
  EXPECT_NE(make_run_id(), make_run_id());
  EXPECT_GT(own_rss_bytes(), 1U << 20);
}

TEST(HostFacts, CountersOfAnIntervalAreWhatChanged) {
  HostCounters before, after;
  before.cpu.set_user_ns(100);
  after.cpu.set_user_ns(350);
  before.cpu.set_idle_ns(50);
  after.cpu.set_idle_ns(40);  // a CPU went offline
  before.network = {{"Tcp.ActiveOpens", 7}, {"Tcp.InSegs", 5}};
  after.network = {{"Tcp.ActiveOpens", 9}, {"Tcp.InSegs", 5}, {"TcpExt.ListenDrops", 2}};
  trace::v1::Interval interval;
  add_host_counters(before, after, interval);
  EXPECT_EQ(interval.host_cpu().user_ns(), 250U);
  EXPECT_EQ(interval.host_cpu().idle_ns(), 0U);
  std::map<std::string, std::uint64_t> changed;
  for (const auto& counter : interval.host_counters()) changed[counter.name()] = counter.value();
  EXPECT_EQ(changed.at("Tcp.ActiveOpens"), 2U);
  EXPECT_FALSE(changed.contains("Tcp.InSegs"));
}

TEST(CgroupTest, SaysWhatIsWrongWithAName) {
  const auto refused = find_cgroup("/no/such/cgroup");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().exit_code, ExitCode::kUsage);
  EXPECT_THAT(refused.error().message(), HasSubstr("--cgroup /no/such/cgroup"));
}

TEST(SpinlockMode, HasAWordForEachAndSaysWhatCannotBeSeen) {
  using namespace trace::v1;
  EXPECT_STREQ(spinlock_mode_name(SPINLOCK_MODE_PV), "pv");
  EXPECT_STREQ(spinlock_mode_note(SPINLOCK_MODE_PV), "") << "everything is seen";
  EXPECT_THAT(spinlock_mode_note(SPINLOCK_MODE_NATIVE), HasSubstr("first waiter"));
  EXPECT_THAT(spinlock_mode_note(SPINLOCK_MODE_TEST_AND_SET), HasSubstr("can't be seen"));
  EXPECT_STREQ(spinlock_mode_name(SPINLOCK_MODE_UNKNOWN), "unknown");
  EXPECT_STRNE(spinlock_mode_note(SPINLOCK_MODE_UNKNOWN), "");
}

TEST(SpinlockMode, IsReadFromTheStackOfAWait) {
  WrittenKernel kernel{{0x1000, 0x100, "__pv_queued_spin_lock_slowpath", ""},
                       {0x1100, 0x100, "native_queued_spin_lock_slowpath", ""},
                       {0x1200, 0x100, "_raw_spin_lock", ""}};
  const Kallsyms symbols = kernel.symbols_of();
  EXPECT_EQ(mode_of_stack({0x1010, 0x1210, 0}, symbols), trace::v1::SPINLOCK_MODE_PV);
  EXPECT_EQ(mode_of_stack({0x1110, 0x1210}, symbols), trace::v1::SPINLOCK_MODE_NATIVE);
  EXPECT_EQ(mode_of_stack({0x1210, 0x9000}, symbols), trace::v1::SPINLOCK_MODE_UNKNOWN);
  EXPECT_EQ(mode_of_stack({}, symbols), trace::v1::SPINLOCK_MODE_UNKNOWN);
}

}  // namespace
}  // namespace socklock::collector
