// SPDX-License-Identifier: GPL-2.0-or-later
// Facts about the host this test runs on, and how spinlocks wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "collector/host/cgroup.h"
#include "collector/host/host_facts.h"
#include "collector/host/network_counters.h"
#include "collector/host/proc_file.h"
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
  EXPECT_GT(HostReader().own_rss_bytes(), 1U << 20);
}

TEST(HostFacts, CountersOfAnIntervalAreWhatChanged) {
  HostCounters before, after;
  before.cpu.set_user_ns(100);
  after.cpu.set_user_ns(350);
  before.cpu.set_idle_ns(50);
  after.cpu.set_idle_ns(40);  // a CPU went offline
  before.cpu_pressure_ns = 1000;
  after.cpu_pressure_ns = 5000;
  before.network = NetworkCounters::parse("Tcp: ActiveOpens InSegs\nTcp: 7 5\n");
  after.network = NetworkCounters::parse("Tcp: ActiveOpens InSegs\nTcp: 9 5\nTcpExt: ListenDrops\nTcpExt: 2\n");
  trace::v1::Interval interval;
  add_host_counters(before, after, interval);
  EXPECT_EQ(interval.host_cpu().user_ns(), 250U);
  EXPECT_EQ(interval.host_cpu().idle_ns(), 0U);
  EXPECT_EQ(interval.cpu_pressure_ns(), 4000U);
  std::map<std::string, std::uint64_t> changed;
  for (const auto& counter : interval.host_counters()) changed[counter.name()] = counter.value();
  EXPECT_EQ(changed.at("Tcp.ActiveOpens"), 2U);
  EXPECT_FALSE(changed.contains("Tcp.InSegs"));
}

TEST(NetworkCounters, AreReadAsTheKernelWritesThem) {
  using Grown = std::vector<std::pair<std::string, std::uint64_t>>;
  const auto before = NetworkCounters::parse("Tcp: MaxConn InSegs OutSegs\nTcp: -1 5 6\nUdp: InDatagrams\nUdp: 1\n");
  const auto after = NetworkCounters::parse("Tcp: MaxConn InSegs OutSegs\nTcp: -1 4 8\nUdp: InDatagrams\nUdp: 4\n");
  EXPECT_EQ(before.by_name().at("Tcp.MaxConn"), 0U);
  EXPECT_EQ(before.by_name().at("Udp.InDatagrams"), 1U);
  EXPECT_EQ(after.grown_since(before), (Grown{{"Tcp.OutSegs", 2}, {"Udp.InDatagrams", 3}}));
  // A module that came meanwhile brought counters: what was before is not known of them.
  const auto more = NetworkCounters::parse("Udp: InDatagrams\nUdp: 5\nSctp: Opens\nSctp: 9\n");
  EXPECT_EQ(more.grown_since(before), (Grown{{"Udp.InDatagrams", 4}}));
}

TEST(NetworkCounters, LeaveOutWhatIsNoPairOfLines) {
  for (const char* text : {"", "\n", "Tcp: A\n", "Tcp: A\nUdp: 1\n", "Tcp:\nTcp:\n", ":\n:\n", "no colon\nno colon\n"})
    EXPECT_TRUE(NetworkCounters::parse(text).by_name().empty()) << text;
  EXPECT_EQ(NetworkCounters::parse("Tcp: A B\nTcp: 1\n").by_name().at("Tcp.B"), 0U);
  EXPECT_EQ(NetworkCounters::parse("Tcp: A\nTcp: 1 2\n").by_name().size(), 1U);
  EXPECT_TRUE(NetworkReader().read().by_name().contains("Tcp.ActiveOpens"));
}

TEST(HostFacts, SayHowLongTasksWaitedForACpuWhereTheKernelDoes) {
  const bool is_on = std::ifstream("/proc/pressure/cpu").peek() != std::ifstream::traits_type::eof();
  EXPECT_EQ(HostReader().read().cpu_pressure_ns.has_value(), is_on);
  trace::v1::Interval interval;
  add_host_counters({}, {}, interval);
  EXPECT_FALSE(interval.has_cpu_pressure_ns()) << "not measured is not 0";
}

TEST(HostFacts, AreReadAnewFromFilesThatStayOpen) {
  HostReader host;
  const auto before = host.read();
  EXPECT_GT(before.switches, 1000U);
  EXPECT_GT(before.cpu.idle_ns() + before.cpu.user_ns() + before.cpu.system_ns(), 1'000'000'000U);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a switch of tasks at least
  const auto after = host.read();
  EXPECT_GT(after.switches, before.switches);
  EXPECT_EQ(after.network.by_name().size(), before.network.by_name().size());
}

TEST(ProcFile, IsReadWholeHoweverLongAndEmptyWhereThereIsNone) {
  // Of a file that only this test makes longer: what is next to each other with other rights has a line of its own.
  constexpr std::size_t kPages = 4000;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const pages = mmap(nullptr, kPages * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  for (std::size_t i = 0; i < kPages; i += 2) mprotect(static_cast<char*>(pages) + i * page, page, PROT_NONE);
  ProcFile maps("/proc/self/maps");
  std::string once(2 * maps.read().size(), '\0');  // no more memory is asked for from here on
  once.assign(maps.read());
  EXPECT_GT(once.size(), 100'000U);
  EXPECT_TRUE(maps.read() == once);
  munmap(pages, kPages * page);
  EXPECT_TRUE(ProcFile("/proc/no/such").read().empty());
}

TEST(ProcFile, OneRecordIsReadWholeToo) {
  ProcFile version("/proc/version");
  EXPECT_FALSE(version.read().empty());
  const std::string all(version.read());
  EXPECT_EQ(version.read_record(), all);
  const std::string path = ::testing::TempDir() + "socklock-record-" + std::to_string(getpid());
  for (const std::size_t bytes : {1U, 8191U, 8192U, 8193U, 16384U, 100'000U}) {
    const std::string text(bytes, 'x');
    std::ofstream(path) << text;
    EXPECT_EQ(ProcFile(path.c_str()).read_record(), text) << bytes;
  }
  std::remove(path.c_str());
  EXPECT_TRUE(ProcFile("/proc/no/such").read_record().empty());
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
