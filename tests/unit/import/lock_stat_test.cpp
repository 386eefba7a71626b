// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/lock_stat.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/holds.h"
#include "proto/rows.h"
#include "tests/unit/import/imported.h"

namespace socklock::imports {
namespace {

using analyzer::Role;
using analyzer::Taxonomy;
using ::testing::HasSubstr;
using testing::Imported;
using testing::Sums;

TEST(LockStat, ClassesOfTheSocketLayerByTheirNames) {
  const Imported imported = Imported::file("03-lockstat-sock.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  const std::map<std::string, Role> roles{{"slock-AF_INET", Role::kSocket},
                                          {"sk_lock-AF_INET", Role::kSocket},
                                          {"sk_lock-AF_INET6", Role::kSocket},
                                          {"&u->lock", Role::kSocket},
                                          {"&u->lock/1", Role::kSocket},
                                          {"&tcp_hashinfo.bhash[i].lock", Role::kBindTable},
                                          {"&(&hashinfo->ehash_locks[i])->rlock", Role::kConnectionTable},
                                          {"rlock-AF_UNIX", Role::kSocketQueue},
                                          {"&udptable->hash[i].lock", Role::kConnectionTable},
                                          {"&ei->socket.wq.wait", Role::kWaitQueue}};
  std::map<Role, Sums> wanted;
  for (const auto& [lock, role] : roles) {
    const Sums sums = imported.of_lock(lock);
    EXPECT_GT(sums.contentions, 0U) << lock;
    wanted[role].contentions += sums.contentions;
    wanted[role].wait_ns += sums.wait_ns;
  }
  for (const auto& [role, sums] : wanted) EXPECT_EQ(imported.of_role(role), sums) << name_of(role);
  EXPECT_EQ(imported.of_class("sock.owner"), (Sums{770, 99'000'000}));
  EXPECT_EQ(imported.of_flags(trace::kFlagOwnerWait), (Sums{770, 99'000'000}));
  EXPECT_EQ(imported.of_class("sock.lock"), (Sums{6650, 133'605'670}));
  EXPECT_EQ(imported.of_class("unix.sock"), (Sums{81, 810'000}));
  EXPECT_EQ(imported.of_class("tcp.bhash"), (Sums{42, 420'000}));
  EXPECT_EQ(imported.of_class("tcp.ehash"), (Sums{43, 430'000}));
  EXPECT_EQ(imported.of_class("udp.hash"), (Sums{45, 450'000}));
  EXPECT_EQ(imported.of_class("sock.queue"), (Sums{44, 440'000}));
  EXPECT_EQ(imported.of_class("sock.wq"), (Sums{46, 460'000}));
  EXPECT_EQ(imported.of_class("rtnl"), (Sums{47, 470'000}));
  EXPECT_EQ(imported.of_flags(0), (Sums{0, 0})) << "of what kind a lock is lockdep does not say: no semaphore";
  EXPECT_FALSE(imported.has_note("socket owner")) << "those waits are there";
  EXPECT_EQ(imported.result().skipped, 0U);
}

TEST(LockStat, AcquisitionsAndHoldTimes) {
  const Imported imported = Imported::file("03-lockstat-sock.txt");
  ASSERT_TRUE(imported.ok());
  const auto sock_lock = *Taxonomy::built_in().class_named("sock.lock");
  const analyzer::AcquisitionCounts counts(imported.run(), Taxonomy::built_in());
  ASSERT_TRUE(counts.measured()) << counts.why_not();
  EXPECT_EQ(analyzer::holds_why_not(imported.run()), "");
  bool found = false;
  for (const auto& hold : analyzer::hold_stats(imported.run(), Taxonomy::built_in(), false)) {
    if (hold.lock_class != sock_lock) continue;
    found = true;
    EXPECT_EQ(hold.holds.sums.contentions, 2'391'624U);
    EXPECT_EQ(hold.holds.sums.wait_ns, 529'319'050U);
    EXPECT_EQ(hold.holds.sums.wait_max_ns, 364'610U);
  }
  EXPECT_TRUE(found);
}

TEST(LockStat, WrappedLinesAreWhole) {
  const Imported imported = Imported::file("03-lockstat-wrapped.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.of_lock("slock-AF_INET"), (Sums{1'571'341, 671'713'230}));
  EXPECT_EQ(imported.of_function("tcp_v4_rcv").contentions, 809'560U);
  EXPECT_EQ(imported.of_function("release_sock").contentions, 761'781U);
}

TEST(LockStat, WhatIsCutOffIsRefused) {
  const Imported imported(
      "lock_stat version 0.4\n---\n class name con-bounces contentions waittime-min waittime-max "
      "waittime-total\n---\n\n"
      "  slock-AF_INET:   5   10   0.50   20.00\n\n");
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().exit_code, ExitCode::kBadInput);
  EXPECT_THAT(imported.error().message(), HasSubstr("line 6"));
}

TEST(LockStat, DisabledLockDebuggingIsSaid) {
  const Imported imported = Imported::file("03n-lockstat-warning.txt");
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().exit_code, ExitCode::kBadInput);
  EXPECT_THAT(imported.error().message(), HasSubstr("lock debugging was disabled"));
}

TEST(LockStat, CarriageReturnsModulesAndColonsInNames) {
  const Imported imported = Imported::file("03n-lockstat-crlf.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.of_function("__dev_queue_xmit"), (Sums{40, 400'000}));
  EXPECT_EQ(imported.of_function("__lock_text_start"), (Sums{41, 410'000}));
  EXPECT_TRUE(imported.names().contains("bonding"));
  EXPECT_EQ(imported.result().skipped, 0U);
}

TEST(LockStat, CountsBeyond32Bits) {
  const Imported imported = Imported::file("10-bigcounts-lockstat.txt");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.of_lock("slock-AF_INET"), (Sums{5'200'000'000, 7'800'000'000'000}));
  EXPECT_EQ(imported.of_function("tcp_v4_rcv"), (Sums{5'200'000'000, 7'800'000'000'000}));
  EXPECT_EQ(imported.of_lock("&u->lock"), (Sums{40, 400'000}));
}

TEST(LockStat, ReadersAndWritersAreOneLock) {
  const Imported imported(
      "$ cat /proc/lock_stat\nlock_stat version 0.4\n---\n class name con-bounces contentions waittime-min "
      "waittime-max "
      "waittime-total\n---\n\n"
      "  &table->lock-W:   5   10   0.50   20.00   100.00\n  &table->lock-R:   5   30   0.50   20.00   300.00\n"
      "  ---\n  &table->lock  40  [<0>] f+0x1/0x2\n\n  ---\n  &table->lock  40  [<0>] g+0x1/0x2\n\n......\n");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.of_lock("&table->lock"), (Sums{40, 400'000}));
  EXPECT_EQ(imported.of_flags(trace::kFlagKindUnknown | 4), (Sums{10, 100'000}));
  EXPECT_EQ(imported.of_flags(trace::kFlagKindUnknown | 2), (Sums{30, 300'000}));
  EXPECT_EQ(imported.of_function("f"), (Sums{40, 400'000}));
}

}  // namespace
}  // namespace socklock::imports
