// SPDX-License-Identifier: GPL-2.0-or-later
// What goes into columns comes out of them.
#include "proto/rows.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/wait_buckets.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::random_events;
using testing::random_summary;

void expect_equal(const EventColumns& a, const EventColumns& b) {
  EXPECT_EQ(a.end_ns, b.end_ns);
  EXPECT_EQ(a.wait_ns, b.wait_ns);
  EXPECT_EQ(a.lock, b.lock);
  EXPECT_EQ(a.stack, b.stack);
  EXPECT_EQ(a.thread, b.thread);
  EXPECT_EQ(a.cpu, b.cpu);
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.context, b.context);
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.syscall, b.syscall);
  EXPECT_EQ(a.stack_weight, b.stack_weight);
}

void expect_equal(const SummaryRow& a, const SummaryRow& b) {
  EXPECT_EQ(a.lock, b.lock);
  EXPECT_EQ(a.stack, b.stack);
  EXPECT_EQ(a.syscall, b.syscall);
  EXPECT_EQ(a.context, b.context);
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.contentions, b.contentions);
  EXPECT_EQ(a.gave_up, b.gave_up);
  EXPECT_EQ(a.wait_ns, b.wait_ns);
  EXPECT_EQ(a.wait_min_ns, b.wait_min_ns);
  EXPECT_EQ(a.wait_max_ns, b.wait_max_ns);
  EXPECT_EQ(a.sampled, b.sampled);
  EXPECT_EQ(a.stack_weight, b.stack_weight);
  EXPECT_EQ(a.weighted_wait_ns, b.weighted_wait_ns);
  ASSERT_EQ(a.cells.size(), b.cells.size());
  for (std::size_t i = 0; i < a.cells.size(); ++i) {
    EXPECT_EQ(a.cells[i].bucket, b.cells[i].bucket);
    EXPECT_EQ(a.cells[i].count, b.cells[i].count);
  }
}

SummaryRow row_of(std::initializer_list<std::uint64_t> waits) {
  SummaryRow row;
  row.contentions = static_cast<std::uint32_t>(waits.size());
  row.wait_min_ns = *waits.begin();
  for (const auto wait : waits) {  // ascending
    row.wait_ns += wait;
    row.wait_max_ns = wait;
    const auto bucket = static_cast<std::uint16_t>(socklock_wait_bucket(wait));
    if (!row.cells.empty() && row.cells.back().bucket == bucket)
      ++row.cells.back().count;
    else
      row.cells.push_back({bucket, 1});
  }
  return row;
}

TEST(EventRows, RandomEventsComeBack) {
  for (const std::size_t rows : {0U, 1U, 2U, 3U, 100U, 5000U}) {
    const auto events = random_events(rows, rows + 1);
    EventColumns decoded;
    const auto result = decode(encode(events), decoded);
    ASSERT_TRUE(result) << result.error().message();
    expect_equal(decoded, events);
  }
}

TEST(EventRows, DecodingReplacesWhatWasThere) {
  EventColumns decoded = random_events(100, 1);
  const auto events = random_events(3, 2);
  ASSERT_TRUE(decode(encode(events), decoded));
  expect_equal(decoded, events);
  ASSERT_TRUE(decode(v1::Events(), decoded));
  expect_equal(decoded, EventColumns());
}

TEST(EventRows, EncodingReplacesWhatWasThere) {
  v1::Events message;
  for (const std::size_t rows : {100U, 3U, 0U, 5U}) {
    auto events = random_events(rows, rows + 1);
    if (rows == 3) events.stack_weight = events.run_delay_ns = {0, 0, 0};  // columns that are left out then
    encode(events, message);
    EXPECT_EQ(message.SerializeAsString(), encode(events).SerializeAsString());
  }
}

TEST(EventRows, TheLastPossibleEndTimeIsNoOverflow) {
  EventColumns events = random_events(2, 3);
  events.end_ns = {1, std::numeric_limits<std::uint64_t>::max()};
  EventColumns decoded;
  ASSERT_TRUE(decode(encode(events), decoded));
  EXPECT_EQ(decoded.end_ns, events.end_ns);
}

TEST(EventRows, ClearEmptiesEveryColumn) {
  EventColumns events = random_events(4, 4);
  events.clear();
  events.reserve(10);
  EXPECT_EQ(events.size(), 0U);
  expect_equal(events, EventColumns());
}

TEST(SummaryRows, RandomRowsComeBack) {
  for (const std::size_t rows : {0U, 1U, 2U, 3U, 50U, 1000U}) {
    const auto summary = random_summary(rows, rows + 1);
    const auto decoded = testing::decoded(encode(summary));
    ASSERT_TRUE(decoded) << decoded.error().message();
    ASSERT_EQ(decoded->size(), rows);
    for (std::size_t i = 0; i < rows; ++i) expect_equal((*decoded)[i], summary[i]);
  }
}

TEST(SummaryRows, UpToTwoWaitsFollowFromTheirSumAndMinimum) {
  const std::vector<SummaryRow> summary{
      row_of({0}),         row_of({12'345}), row_of({0, 0}), row_of({100, 101}), row_of({7, 5'000'000'000'000}),
      row_of({1000, 1000})};
  const auto message = encode(summary);
  // Nothing is stored beyond the sums and the minima of the four rows with two waits.
  EXPECT_EQ(message.wait_min_ns().planes().size(), message.wait_min_ns().width_bytes() * 4);
  EXPECT_EQ(message.wait_max_ns().ByteSizeLong(), 0U);
  EXPECT_EQ(message.cells_in_row().ByteSizeLong(), 0U);
  EXPECT_EQ(message.cells(), 0U);
  const auto decoded = testing::decoded(message);
  ASSERT_TRUE(decoded) << decoded.error().message();
  for (std::size_t i = 0; i < summary.size(); ++i) expect_equal((*decoded)[i], summary[i]);
}

TEST(SummaryRows, ElidedColumnsStayInStepWithTheirRows) {
  const std::vector<SummaryRow> summary{row_of({1, 2, 3}), row_of({9}), row_of({10, 20}), row_of({4, 5, 6, 4096}),
                                        row_of({8})};
  const auto message = encode(summary);
  EXPECT_EQ(message.wait_min_ns().planes().size(), 3U);
  EXPECT_EQ(message.wait_max_ns().planes().size(), 2U * 2U);
  EXPECT_EQ(message.cells(), 7U);
  const auto decoded = testing::decoded(message);
  ASSERT_TRUE(decoded) << decoded.error().message();
  for (std::size_t i = 0; i < summary.size(); ++i) expect_equal((*decoded)[i], summary[i]);
}

TEST(SummaryRows, AHistogramMayLackWaitsThatTheRecorderHadNoRoomFor) {
  auto row = row_of({10, 20, 30});
  row.cells = {{10, 1}};
  auto decoded = testing::decoded(encode(std::vector{row}));
  ASSERT_TRUE(decoded) << decoded.error().message();
  expect_equal(decoded->front(), row);
  row.cells.clear();
  decoded = testing::decoded(encode(std::vector{row}));
  ASSERT_TRUE(decoded) << decoded.error().message();
  expect_equal(decoded->front(), row);
}

}  // namespace
}  // namespace socklock::trace
