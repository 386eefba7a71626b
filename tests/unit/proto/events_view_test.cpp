// SPDX-License-Identifier: GPL-2.0-or-later
// A block of events that is read where it lies must say what decode() says of it, and refuse what that refuses.
#include "proto/events_view.h"

#include <gtest/gtest.h>

#include <random>

#include "proto/block_unpacker.h"
#include "proto/rows.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::random_events;

template <typename T>
std::vector<T> rows_of(const EventsView& view, const ColumnView& column, std::size_t chunk) {
  std::vector<T> rows(view.rows);
  for (std::size_t first = 0; first < rows.size(); first += chunk)
    column.read(rows.size(), first, std::min(chunk, rows.size() - first), rows.data() + first);
  return rows;
}

TEST(EventsView, HasTheColumnsThatDecodeGives) {
  for (const std::size_t rows : {0U, 1U, 100U, 5000U}) {
    const v1::Events message = encode(random_events(rows, rows + 1));
    const std::string raw = message.SerializeAsString();
    EventColumns decoded;
    ASSERT_TRUE(decode(message, decoded));
    const auto view = EventsView::over(raw);
    ASSERT_TRUE(view && view->check());
    ASSERT_EQ(view->rows, rows);
    EXPECT_EQ(view->base_ns, message.base_ns());
    for (const std::size_t chunk : {1U, 7U, 512U, 10'000U}) {
      EXPECT_EQ(rows_of<std::uint64_t>(*view, view->wait_ns, chunk), decoded.wait_ns);
      EXPECT_EQ(rows_of<std::uint32_t>(*view, view->lock, chunk), decoded.lock);
      EXPECT_EQ(rows_of<std::uint32_t>(*view, view->stack, chunk), decoded.stack);
      EXPECT_EQ(rows_of<std::uint32_t>(*view, view->thread, chunk), decoded.thread);
      EXPECT_EQ(rows_of<std::uint16_t>(*view, view->cpu, chunk), decoded.cpu);
      EXPECT_EQ(rows_of<std::uint8_t>(*view, view->flags, chunk), decoded.flags);
      EXPECT_EQ(rows_of<std::uint8_t>(*view, view->context, chunk), decoded.context);
      EXPECT_EQ(rows_of<std::uint32_t>(*view, view->weight, chunk), decoded.weight);
      EXPECT_EQ(rows_of<std::uint16_t>(*view, view->error, chunk), decoded.error);
      EXPECT_EQ(rows_of<std::uint16_t>(*view, view->syscall, chunk), decoded.syscall);
      EXPECT_EQ(rows_of<std::uint64_t>(*view, view->stack_weight, chunk), decoded.stack_weight);
      auto ends = rows_of<std::uint64_t>(*view, view->end_delta_ns, chunk);
      std::uint64_t now_ns = view->base_ns;
      for (std::uint64_t& end : ends) end = now_ns += end;
      EXPECT_EQ(ends, decoded.end_ns);
    }
  }
}

// Whatever bytes change: what protobuf parses is the same here; what it does not may be read, as far as lengths hold.
TEST(EventsView, RefusesWhatParsingAndDecodingRefuse) {
  const std::string whole = encode(random_events(3, 5)).SerializeAsString();
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string raw = whole;
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes)
      raw[random() % raw.size()] = static_cast<char>(random());
    if (random() % 4 == 0) raw.resize(random() % raw.size());
    v1::Events message;
    const auto view = EventsView::over(raw);
    if (!message.ParseFromString(raw)) continue;
    ASSERT_TRUE(view.has_value()) << i;
    EventColumns decoded;
    const auto as_decoded = decode(message, decoded);
    const auto checked = view->check();
    refused += checked ? 0 : 1;
    // End times that overflow show when they are added up only.
    if (!as_decoded && as_decoded.error().what == "end times overflow") continue;
    ASSERT_EQ(checked.has_value(), as_decoded.has_value()) << i;
    if (!checked) {
      EXPECT_EQ(checked.error().message(), as_decoded.error().message()) << i;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(EventsView, OfAFieldThatIsThereTwiceTheLastCounts) {
  v1::Events first = encode(random_events(4, 1)), second = encode(random_events(4, 2));
  const std::string raw = first.SerializeAsString() + second.SerializeAsString();
  v1::Events both;
  ASSERT_TRUE(both.ParseFromString(raw));
  EventColumns decoded;
  const auto view = EventsView::over(raw);
  ASSERT_TRUE(view && view->check() && decode(both, decoded));
  EXPECT_EQ(rows_of<std::uint64_t>(*view, view->wait_ns, 4), decoded.wait_ns);
}

// The number of rows costs the beginning of a block, wherever the writer put it.
TEST(BlockUnpacker, CountsTheRowsOfEvents) {
  const std::string canonical = encode(random_events(100'000, 3)).SerializeAsString();
  const std::string rows_last = canonical.substr(4) + canonical.substr(0, 4);
  BlockUnpacker unpacker;
  for (const std::string& raw : {canonical, rows_last}) {
    const std::string stored = testing::compressed(raw);
    PackedBlock block;
    block.kind = BlockKind::kEvents;
    block.raw_bytes = static_cast<std::uint32_t>(raw.size());
    block.stored = testing::as_span(stored);
    EXPECT_EQ(unpacker.event_rows_of(block), 100'000U);
    block.raw_bytes += 1;
    EXPECT_EQ(unpacker.event_rows_of(block), std::nullopt);
  }
}

}  // namespace
}  // namespace socklock::trace
