// SPDX-License-Identifier: GPL-2.0-or-later
// Columns of calls, holds and holders: what goes in comes out, and what is malformed is refused.
#include <gtest/gtest.h>

#include "base/wait_buckets.h"
#include "proto/block_format.h"
#include "proto/rows.h"

namespace socklock::trace {
namespace {

TEST(CallRows, ComeOutAsTheyWentIn) {
  const std::vector<CallRow> rows{{7, 1, 45, 0, 1'000'000'007}, {8, 0, 0, 1, 1}};
  const auto decoded = decode(encode(rows));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 2U);
  EXPECT_EQ((*decoded)[0].function, 7U);
  EXPECT_EQ((*decoded)[0].kind, 1);
  EXPECT_EQ((*decoded)[0].syscall, 45);
  EXPECT_EQ((*decoded)[0].calls, 1'000'000'007U);
  EXPECT_EQ((*decoded)[1].context, 1);
}

TEST(CallRows, AreRefusedBeyondTheLimitAndWhereColumnsAreShort) {
  v1::Calls many;
  many.set_rows(kMaxRowsPerBlock + 1);
  EXPECT_FALSE(decode(many));
  auto short_column = encode(std::vector<CallRow>{{1, 2, 3, 0, 4}, {5, 6, 7, 1, 8}});
  short_column.mutable_calls()->mutable_planes()->pop_back();
  EXPECT_FALSE(decode(short_column));
}

std::vector<HoldRow> two_holds() {
  HoldRow first;
  first.function = 3;
  first.kind = 1;
  first.syscall = 45;
  first.samples = 5;
  first.weight = 80;
  first.hold_ns = 123456;
  first.backlog_ns = 4567;
  first.backlogs = 16;
  first.max_ns = 9999;
  first.off_cpu_ns = 100;
  first.threads[63] = 7;
  first.cells = {{10, 2}, {99, 3}};
  HoldRow second;
  second.function = 4;
  second.context = 1;
  second.samples = 1;
  second.weight = 16;
  second.cells = {{311, 1}};
  return {first, second};
}

TEST(HoldRows, ComeOutAsTheyWentIn) {
  const auto decoded = decode(encode(two_holds()));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 2U);
  EXPECT_EQ((*decoded)[0].weight, 80U);
  EXPECT_EQ((*decoded)[0].hold_ns, 123456U);
  EXPECT_EQ((*decoded)[0].backlog_ns, 4567U);
  EXPECT_EQ((*decoded)[0].backlogs, 16U);
  EXPECT_EQ((*decoded)[0].max_ns, 9999U);
  EXPECT_EQ((*decoded)[0].off_cpu_ns, 100U);
  EXPECT_EQ((*decoded)[0].threads, two_holds()[0].threads);
  EXPECT_EQ((*decoded)[1].threads, DistinctRegisters{});
  ASSERT_EQ((*decoded)[0].cells.size(), 2U);
  EXPECT_EQ((*decoded)[0].cells[1].bucket, 99);
  EXPECT_EQ((*decoded)[0].cells[1].count, 3U);
  EXPECT_EQ((*decoded)[1].cells[0].bucket, 311);
}

TEST(HoldRows, AreRefusedWhereTheirHistogramIsMalformed) {
  auto rows = two_holds();
  rows[0].cells = {{99, 2}, {10, 3}};
  EXPECT_FALSE(decode(encode(rows))) << "descending buckets";
  rows = two_holds();
  rows[1].cells = {{SOCKLOCK_WAIT_BUCKETS, 1}};
  EXPECT_FALSE(decode(encode(rows))) << "no such bucket";
  auto left_over = encode(two_holds());
  left_over.mutable_cells_in_row()->Clear();
  EXPECT_FALSE(decode(left_over)) << "cells of no row";
  v1::Holds many;
  many.set_cells(kMaxRowsPerBlock + 1);
  EXPECT_FALSE(decode(many));
}

TEST(HoldRows, OfOlderTracesSayNothingOfThreads) {
  auto older = encode(two_holds());
  older.clear_threads();
  older.clear_off_cpu_ns();
  const auto decoded = decode(older);
  ASSERT_TRUE(decoded);
  EXPECT_EQ((*decoded)[0].threads, DistinctRegisters{});
  EXPECT_EQ((*decoded)[0].hold_ns, 123456U);
}

TEST(HoldRows, AreRefusedWhereRegistersAreMissing) {
  auto short_of_one = encode(two_holds());
  short_of_one.mutable_threads()->pop_back();
  EXPECT_FALSE(decode(short_of_one));
}

TEST(HeldLockRows, ComeOutAsTheyWentIn) {
  const std::vector<HeldLockRow> rows{{1, 7, 6, 48, 7000}, {2, 9, 1, 8, 100}};
  const auto decoded = decode(encode(rows));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ((*decoded)[i].lock, rows[i].lock);
    EXPECT_EQ((*decoded)[i].kind, rows[i].kind);
    EXPECT_EQ((*decoded)[i].samples, rows[i].samples);
    EXPECT_EQ((*decoded)[i].weight, rows[i].weight);
    EXPECT_EQ((*decoded)[i].hold_ns, rows[i].hold_ns);
  }
}

TEST(HolderRows, ComeOutAsTheyWentIn) {
  const std::vector<HolderRow> rows{{1, 2, 45, 3, 44, 1, 6, 6100}, {1, 0, 46, 0, 0, 0, 1, 10}};
  const auto decoded = decode(encode(rows));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 2U);
  EXPECT_EQ((*decoded)[0].stack, 2U);
  EXPECT_EQ((*decoded)[0].holder_stack, 3U);
  EXPECT_EQ((*decoded)[0].holder_syscall, 44);
  EXPECT_EQ((*decoded)[0].holder, 1);
  EXPECT_EQ((*decoded)[0].wait_ns, 6100U);
  EXPECT_EQ((*decoded)[1].holder, 0);
}

}  // namespace
}  // namespace socklock::trace
