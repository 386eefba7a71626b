// SPDX-License-Identifier: GPL-2.0-or-later
// Rows that contradict themselves are refused, each for its own reason.
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "proto/block_format.h"
#include "proto/column_codec.h"
#include "proto/rows.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

std::string refusal(const v1::Events& message) {
  EventColumns events;
  const auto result = decode(message, events);
  return result ? "" : result.error().message();
}

std::string refusal(const v1::Summary& message) {
  const auto result = testing::decoded(message);
  return result ? "" : result.error().message();
}

// A row with three waits, whose every column is stored, changed before it is encoded.
std::string refusal_of_row(const std::function<void(SummaryRow&)>& change) {
  SummaryRow row;
  row.contentions = 3;
  row.wait_ns = 600;
  row.wait_min_ns = 100;
  row.wait_max_ns = 300;
  row.cells = {{40, 1}, {50, 2}};
  change(row);
  return refusal(encode(std::vector{row}));
}

TEST(EventRefusals, TooManyRows) {
  v1::Events message;
  message.set_rows(kMaxRowsPerBlock + 1);
  EXPECT_EQ(refusal(message), "too many rows in one block");
  message.set_rows(std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(refusal(message), "too many rows in one block");
}

TEST(EventRefusals, EndTimesThatOverflow) {
  auto message = encode(testing::random_events(3, 1));
  message.set_base_ns(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(refusal(message), "end times overflow");
}

TEST(EventRefusals, EveryColumnOfAnotherLength) {
  using Change = std::pair<const char*, std::function<v1::Column*(v1::Events&)>>;
  const Change columns[] = {
      {"end_delta_ns", [](v1::Events& m) { return m.mutable_end_delta_ns(); }},
      {"wait_ns", [](v1::Events& m) { return m.mutable_wait_ns(); }},
      {"lock", [](v1::Events& m) { return m.mutable_lock(); }},
      {"stack", [](v1::Events& m) { return m.mutable_stack(); }},
      {"thread", [](v1::Events& m) { return m.mutable_thread(); }},
      {"cpu", [](v1::Events& m) { return m.mutable_cpu(); }},
      {"flags", [](v1::Events& m) { return m.mutable_flags(); }},
      {"context", [](v1::Events& m) { return m.mutable_context(); }},
      {"weight", [](v1::Events& m) { return m.mutable_weight(); }},
      {"error", [](v1::Events& m) { return m.mutable_error(); }},
      {"syscall", [](v1::Events& m) { return m.mutable_syscall(); }},
      {"stack_weight", [](v1::Events& m) { return m.mutable_stack_weight(); }},
  };
  for (const auto& [name, column] : columns) {
    auto message = encode(testing::random_events(10, 1));
    column(message)->mutable_planes()->append("x");
    EXPECT_EQ(refusal(message), std::string("malformed column: ") + name);
  }
}

TEST(SummaryRefusals, TooManyRowsOrCells) {
  v1::Summary message;
  message.set_rows(kMaxRowsPerBlock + 1);
  EXPECT_EQ(refusal(message), "too many rows in one block");
  message.set_rows(1);
  message.set_cells(std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(refusal(message), "too many rows in one block");
}

TEST(SummaryRefusals, TheUnchangedRowIsFine) {
  EXPECT_EQ(refusal_of_row([](SummaryRow&) {}), "");
}

TEST(SummaryRefusals, CountsThatContradictEachOther) {
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.contentions = 0; }), "summary row without contentions");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.gave_up = 4; }), "more waits gave up than there were");
}

TEST(SummaryRefusals, WaitsThatContradictEachOther) {
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.wait_min_ns = 601; }), "shortest wait exceeds the sum");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.wait_max_ns = 99; }), "longest wait out of range");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.wait_max_ns = 601; }), "longest wait out of range");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) {
              row.contentions = 2;
              row.wait_min_ns = 301;
            }),
            "shortest wait exceeds the longest");
}

TEST(SummaryRefusals, HistogramsThatAreNone) {
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.cells = {{50, 1}, {40, 1}}; }), "histogram cell out of range");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.cells = {{50, 1}, {50, 1}}; }), "histogram cell out of range");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.cells = {{50, 0}}; }), "histogram cell out of range");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.cells = {{312, 1}}; }), "histogram cell out of range");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) { row.cells = {{311, 3}}; }), "");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) {
              row.cells = {{40, 2}, {50, 2}};
            }),
            "histogram counts more waits than there were");
  EXPECT_EQ(refusal_of_row([](SummaryRow& row) {
              row.cells = {{40, UINT32_MAX}, {50, 4}};
            }),
            "histogram counts more waits than there were");
}

TEST(SummaryRefusals, CellsThatNoRowOrTooManyRowsClaim) {
  auto message = encode(testing::random_summary(20, 1));
  ASSERT_EQ(refusal(message), "");
  auto fewer = message;
  ASSERT_GT(fewer.cells_in_row().width_bytes(), 0U);
  fewer.mutable_cells_in_row()->clear_planes();
  EXPECT_EQ(refusal(fewer), "malformed column: cells_in_row");
  fewer.clear_cells_in_row();
  EXPECT_EQ(refusal(fewer), "histogram cells left over");
  fewer.mutable_cells_in_row()->set_constant(65535);
  EXPECT_EQ(refusal(fewer), "histogram cells missing");
}

TEST(SummaryRefusals, StacksThatStandForOthersWithoutASample) {
  SummaryRow row;
  row.contentions = 1;
  row.wait_ns = 5;
  v1::Summary message = encode(std::vector<SummaryRow>{row});
  message.mutable_stack_weight()->set_constant(3);
  EXPECT_EQ(refusal(message), "a stack that stands for others without being sampled");
  message.mutable_sampled()->set_constant(2);
  EXPECT_EQ(refusal(message), "a stack that stands for others without being sampled");
}

TEST(SummaryRefusals, EveryColumnOfAnotherLength) {
  using Change = std::pair<const char*, std::function<v1::Column*(v1::Summary&)>>;
  const Change columns[] = {
      {"lock", [](v1::Summary& m) { return m.mutable_lock(); }},
      {"stack", [](v1::Summary& m) { return m.mutable_stack(); }},
      {"syscall", [](v1::Summary& m) { return m.mutable_syscall(); }},
      {"context", [](v1::Summary& m) { return m.mutable_context(); }},
      {"flags", [](v1::Summary& m) { return m.mutable_flags(); }},
      {"contentions", [](v1::Summary& m) { return m.mutable_contentions(); }},
      {"gave_up", [](v1::Summary& m) { return m.mutable_gave_up(); }},
      {"wait_ns", [](v1::Summary& m) { return m.mutable_wait_ns(); }},
      {"wait_min_ns", [](v1::Summary& m) { return m.mutable_wait_min_ns(); }},
      {"wait_max_ns", [](v1::Summary& m) { return m.mutable_wait_max_ns(); }},
      {"cells_in_row", [](v1::Summary& m) { return m.mutable_cells_in_row(); }},
      {"cell_bucket", [](v1::Summary& m) { return m.mutable_cell_bucket(); }},
      {"cell_count", [](v1::Summary& m) { return m.mutable_cell_count(); }},
      {"sampled", [](v1::Summary& m) { return m.mutable_sampled(); }},
      {"stack_weight", [](v1::Summary& m) { return m.mutable_stack_weight(); }},
      {"weighted_wait_ns", [](v1::Summary& m) { return m.mutable_weighted_wait_ns(); }},
  };
  for (const auto& [name, column] : columns) {
    auto message = encode(testing::random_summary(20, 1));
    column(message)->mutable_planes()->append("x");
    EXPECT_EQ(refusal(message), std::string("malformed column: ") + name);
  }
}

}  // namespace
}  // namespace socklock::trace
