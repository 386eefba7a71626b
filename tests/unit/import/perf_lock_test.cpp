// SPDX-License-Identifier: GPL-2.0-or-later
// perf lock contention and perf lock report, as tables and as CSV; bpftrace's maps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/rows.h"
#include "tests/unit/import/imported.h"

namespace socklock::imports {
namespace {

using analyzer::Role;
using ::testing::HasSubstr;
using testing::Imported;
using testing::Sums;

const std::string kCsvHead = "# output: contended, total wait, max wait, avg wait, type, caller\n";
const std::string kTableHead = " contended   total wait     max wait     avg wait         type   caller\n\n";

TEST(PerfLock, NamesThatTheTextGives) {
  const Imported imported = Imported::file("02n-l-real.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.of_class("rq"), (Sums{5, 10'901}));
  EXPECT_EQ(imported.of_class("mmap_lock"), (Sums{2, 3429}));
  EXPECT_EQ(imported.of_class("rtnl"), (Sums{4, 2800}));
  EXPECT_EQ(imported.of_class("tcp.sock"), (Sums{4, 2700}));
  EXPECT_EQ(imported.of_class("epoll"), (Sums{4, 2600}));
  EXPECT_EQ(imported.of_class("rcu"), (Sums{3, 2894}));
  EXPECT_EQ(imported.of_flags(6), (Sums{2, 3429})) << "a reader or a writer: perf did not say which";
  EXPECT_EQ(imported.all().contentions, 46U);
}

TEST(PerfLock, EveryTypeIsARow) {
  const Imported imported = Imported::file("02n-l-types.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.all(), (Sums{22, 220'000}));
  EXPECT_EQ(imported.of_flags(22).contentions, 9U) << "percpu-rwsem, by both of its names";
  EXPECT_EQ(imported.of_flags(14).contentions, 3U) << "rwlock of PREEMPT_RT";
  EXPECT_EQ(imported.of_flags(trace::kFlagKindUnknown).contentions, 2U);
  EXPECT_EQ(imported.of_flags(7).contentions, 1U) << "rwlock";
  EXPECT_EQ(imported.of_flags(1).contentions, 7U);
  std::string text = kCsvHead;
  const std::array types{"rt=mutex", "mutex:spin", "pcpu-sem:R", "rwlock-rt:W", "percpu-rwsem", "a type of perf 9"};
  for (const char* type : types) text += std::string("1, 10, 10, 10, ") + type + ", f+0x1\n";
  EXPECT_EQ(Imported(text).all(), (Sums{types.size(), 10 * types.size()}));
}

TEST(PerfLock, CountsBeyond32Bits) {
  const Imported imported = Imported::file("10n-bigcounts-csv.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.of_function("tcp_v4_rcv"), (Sums{5'200'000'000, 7'800'000'000'000}));
  EXPECT_EQ(imported.of_function("unix_stream_sendmsg"), (Sums{40, 400'000}));
  EXPECT_FALSE(Imported(kCsvHead + "18446744073709551615, 1, 1, 1, spinlock, f+0x1\n").ok()) << "no such machine";
  const std::string longest = "1, 18446744073709551615, 10, 10, spinlock, f+0x1\n";
  EXPECT_FALSE(Imported(kCsvHead + longest + longest).ok()) << "their sum is more than 64 bits hold";
}

TEST(PerfLock, ARowThatCannotBeReadIsAnError) {
  for (const char* row : {"5x, 10, 10, 2, spinlock, f+0x1\n", "5, many, 10, 2, spinlock, f+0x1\n"}) {
    const Imported imported(kCsvHead + "1, 10, 10, 10, spinlock, f+0x1\n" + row);
    ASSERT_FALSE(imported.ok()) << row;
    EXPECT_EQ(imported.error().exit_code, ExitCode::kBadInput);
    EXPECT_THAT(imported.error().message(), HasSubstr("line 3"));
  }
  const Imported columns("# output: max wait, avg wait, type, caller\n10, 10, spinlock, f+0x1\n");
  ASSERT_FALSE(columns.ok());
  EXPECT_THAT(columns.error().hint, HasSubstr("-F"));
  // What the command printed meanwhile is none of perf's.
  const Imported other(kCsvHead + "served well\n1, 10, 10, 10, spinlock, f+0x1\n");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other.result().skipped, 1U);
}

TEST(PerfLock, HeadsMayBeMissingAndAMarkBeforeThem) {
  const Imported quiet("19, 194232, 21415, 10222, spinlock, __inet_hash_connect+0x1f0\n");
  ASSERT_TRUE(quiet.ok()) << quiet.error().message();
  EXPECT_EQ(quiet.all(), (Sums{19, 194'232}));
  const Imported marked("\xef\xbb\xbf" + kCsvHead + "19, 194232, 21415, 10222, spinlock, f+0x1f0\r\n");
  ASSERT_TRUE(marked.ok()) << marked.error().message();
  EXPECT_EQ(marked.all(), (Sums{19, 194'232}));
  const Imported tabs(
      "# output: contended\t total wait\t max wait\t avg wait\t type\t caller\n3\t 30\t 20\t 10\t mutex\t f\n");
  ASSERT_TRUE(tabs.ok()) << tabs.error().message();
  EXPECT_EQ(tabs.all(), (Sums{3, 30}));
}

TEST(PerfLock, ATableWithoutAnyRowIsAResult) {
  EXPECT_TRUE(Imported(kCsvHead, nullptr, 10).ok());
  EXPECT_TRUE(Imported(kTableHead, nullptr, 10).ok());
  EXPECT_FALSE(Imported("", &kPerfLockCsv, 10).ok());
}

TEST(PerfLock, CsvByThreadOwnerAndCgroup) {
  const Imported threads(
      "# output: contended, total wait, max wait, avg wait, pid, comm\n3, 300, 200, 100, 7, my, web\n");
  ASSERT_TRUE(threads.ok());
  EXPECT_EQ(threads.all(), (Sums{3, 300}));
  EXPECT_EQ(threads.run().dictionaries.threads.back().comm, "my, web") << "a command may hold the separator";
  EXPECT_TRUE(threads.has_note("by thread"));
  const Imported owners("# output: contended; total wait; max wait; avg wait; pid; owner\n3; 300; 200; 100; 7; web\n");
  ASSERT_TRUE(owners.ok());
  EXPECT_EQ(owners.all(), (Sums{3, 300}));
  EXPECT_TRUE(owners.has_note("by owner"));
  const Imported groups("# output: contended, total wait, max wait, avg wait, cgroup\n3, 300, 200, 100, /user.slice\n");
  ASSERT_TRUE(groups.ok());
  EXPECT_EQ(groups.all(), (Sums{3, 300}));
  EXPECT_TRUE(groups.has_note("by cgroup"));
}

TEST(PerfLock, TheTableForPeople) {
  const Imported imported = Imported::file("02-plain-table.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.format(), "perf-lock-table");
  EXPECT_EQ(imported.of_function("tcp_v4_rcv"), (Sums{16, 6'410'000'000}));
  EXPECT_EQ(imported.of_class("sock.lock"), (Sums{45, 7'122'750'000}));
  EXPECT_EQ(imported.of_flags(4), (Sums{2, 101'720'000}));
  EXPECT_EQ(imported.of_function("pipe_read"), (Sums{4, 61'400}));
  EXPECT_EQ(imported.all().contentions, 51U);
  EXPECT_TRUE(imported.has_note("to the nanosecond"));
}

TEST(PerfLock, TablesWithStacksByLockByThreadAndWithLosses) {
  const Imported stacks(
      kTableHead +
      "  2   1.60 ms   1.59 ms   798.77 us   spinlock   try_to_wake_up+0x42a\n"
      "\t\t\t0xffffffff8220117e  __pv_queued_spin_lock_slowpath+0x10e\n"
      "\t\t\t0xffffffff813a28f5  __task_rq_lock+0x35\n"
      "  1     900 ns     900 ns      900 ns     rwsem:W   do_exit+0x1\n\n=== output for debug ===\n\n"
      "bad: 3, total: 12\nbad rate: 25.00 %\nhistogram of failure reasons\n       task: 3\n");
  ASSERT_TRUE(stacks.ok()) << stacks.error().message();
  EXPECT_EQ(stacks.of_function("__task_rq_lock"), (Sums{2, 1'600'000}));
  EXPECT_EQ(stacks.of_function("do_exit"), (Sums{1, 900}));
  EXPECT_EQ(stacks.result().lost, 3U);
  const Imported locks(
      " contended   total wait     max wait     avg wait            address   symbol\n\n"
      "  3   1.00 us   1.00 us   333 ns   ffff9dcc7f730e00   rtnl_mutex (mutex)\n"
      "  2      2.0 m     1.0 m     1.0 m   ffff9dcc7f730e01    (spinlock)\n");
  ASSERT_TRUE(locks.ok()) << locks.error().message();
  EXPECT_EQ(locks.of_class("rtnl"), (Sums{3, 1000}));
  EXPECT_EQ(locks.of_flags(32), (Sums{3, 1000}));
  EXPECT_EQ(locks.of_flags(1), (Sums{2, 120'000'000'000}));
  const Imported threads(
      " contended   total wait     max wait     avg wait          pid   comm\n\n"
      "  121      2.42 ms      1.59 ms     20.00 us        11634   my web\n");
  ASSERT_TRUE(threads.ok()) << threads.error().message();
  EXPECT_EQ(threads.all(), (Sums{121, 2'420'000}));
  EXPECT_EQ(threads.run().dictionaries.threads.back().comm, "my web");
  const Imported broken(kTableHead + "  2   1.60 ms   1.59 parsecs   798.77 us   spinlock   f+0x42a\n");
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(broken.error().message(), HasSubstr("line 3"));
}

TEST(PerfLock, ReportsOfCallersAndOfLockdep) {
  const Imported callers(
      "                Name   acquired  contended     avg wait   total wait     max wait     min wait \n\n"
      " try_to_wake_up+0...        220        220     18.33 us      4.03 ms      1.59 ms      2.42 us \n"
      " sock_def_readabl...         62         62      6.15 us    381.11 us     13.11 us      2.45 us \n"
      "    inet_accept+0x41         26         26      4.41 us    114.64 us     15.05 us      2.56 us \n");
  ASSERT_TRUE(callers.ok()) << callers.error().message();
  EXPECT_EQ(callers.of_function("try_to_wake_up"), (Sums{220, 4'030'000}));
  EXPECT_EQ(callers.of_function("inet_accept"), (Sums{26, 114'640}));
  EXPECT_EQ(callers.all().contentions, 308U);
  const Imported lockdep(
      "                Name   acquired  contended   avg wait (ns) total wait (ns)   max wait (ns)   min wait (ns) \n\n"
      "           &rq->lock      53210         12            1200           14400            3000             400 \n"
      "      slock-AF_INET       9000          0               0               0               0               0 \n");
  ASSERT_TRUE(lockdep.ok()) << lockdep.error().message();
  EXPECT_EQ(lockdep.of_class("rq"), (Sums{12, 14'400}));
  EXPECT_EQ(lockdep.run().calls.size(), 2U) << "acquisitions of both";
}

TEST(Bpftrace, StatsByStack) {
  const Imported imported(
      "Attaching 2 probes...\n\n@c[web]: 3\n@wait_ns[\n    __pv_queued_spin_lock_slowpath+270\n    tcp_v4_rcv+59\n"
      "    ip_rcv+1\n]: count 13, average 21008, total 273109\n@wait_ns[\n    lock_sock_nested+1\n    "
      "tcp_sendmsg+2\n]: "
      "count 2, average 21016, total 42033\n");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.all(), (Sums{15, 315'142}));
  EXPECT_EQ(imported.of_function("tcp_v4_rcv"), (Sums{13, 273'109}));
  EXPECT_EQ(imported.of_path(analyzer::CallPath::kInput), (Sums{13, 273'109}));
  EXPECT_EQ(imported.of_flags(trace::kFlagKindUnknown).contentions, 15U);
}

TEST(Bpftrace, CountsAndSumsOfTheSameKeys) {
  const Imported imported("@count[web]: 3\n@count[db]: 1\n@total_us[db]: 7\n@total_us[web]: 30\n");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.all(), (Sums{4, 37'000}));
  for (const char* text : {"@c[web]: 3\n", "@h[web]: \n[4K, 8K)   1 |@@@|\n", "@x[web]: 1\n@y[web]: 5\n",
                           "@count[a]: 1\n@count[a]: 2\n@sum[a]: 5\n"}) {
    const Imported refused{std::string(text)};
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().exit_code, ExitCode::kBadInput);
    EXPECT_FALSE(refused.error().hint.empty());
  }
}

}  // namespace
}  // namespace socklock::imports
