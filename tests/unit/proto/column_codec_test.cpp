// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/column_codec.h"

#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace socklock::trace {
namespace {

template <typename T>
void expect_round_trip(const std::vector<T>& values, std::uint32_t width_bytes) {
  v1::Column column;
  encode_column(values, column);
  EXPECT_EQ(column.width_bytes(), width_bytes);
  EXPECT_EQ(column.planes().size(), width_bytes * values.size());
  std::vector<T> decoded{T{7}};  // what it held before must not shine through
  const auto result = decode_column(column, values.size(), "test", decoded);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(decoded, values);
}

std::string refusal(const v1::Column& column, std::size_t rows) {
  std::vector<std::uint16_t> values;
  const auto result = decode_column(column, rows, "cpu", values);
  return result ? "" : result.error().message();
}

TEST(ColumnCodec, BytesNeededGrowAtEveryPowerOf256) {
  EXPECT_EQ(bytes_needed(0), 0U);
  for (std::uint32_t bytes = 1; bytes <= 8; ++bytes) {
    const std::uint64_t low = 1ULL << (8 * (bytes - 1));
    EXPECT_EQ(bytes_needed(low), bytes);
    EXPECT_EQ(bytes_needed(low * 255 + (low - 1)), bytes);
  }
}

TEST(ColumnCodec, NoRowsAndConstantsTakeNoPlane) {
  expect_round_trip<std::uint32_t>({}, 0);
  expect_round_trip<std::uint32_t>({0, 0, 0}, 0);
  expect_round_trip<std::uint64_t>({std::numeric_limits<std::uint64_t>::max()}, 0);
  expect_round_trip<std::uint8_t>(std::vector<std::uint8_t>(1000, 255), 0);
}

TEST(ColumnCodec, AColumnIsAsWideAsItsWidestValue) {
  expect_round_trip<std::uint64_t>({0, 255}, 1);
  expect_round_trip<std::uint64_t>({0, 256}, 2);
  expect_round_trip<std::uint64_t>({1, 0x123456}, 3);
  expect_round_trip<std::uint64_t>({1, 1ULL << 32}, 5);
  expect_round_trip<std::uint64_t>({1, std::numeric_limits<std::uint64_t>::max()}, 8);
  expect_round_trip<std::uint16_t>({1, 0xffff}, 2);
  expect_round_trip<std::uint8_t>({1, 0xff}, 1);
}

TEST(ColumnCodec, PlanesHoldTheLeastSignificantByteFirst) {
  v1::Column column;
  encode_column<std::uint32_t>({0x0102, 0x0304, 0x0506}, column);
  EXPECT_EQ(column.planes(), std::string("\x02\x04\x06\x01\x03\x05"));
}

TEST(ColumnCodec, NothingIsLeftOfWhatAColumnHeld) {
  v1::Column column;
  encode_column<std::uint32_t>({0x0102, 0x0304, 0x0506}, column);
  encode_column<std::uint32_t>({7, 7}, column);
  EXPECT_EQ(column.width_bytes(), 0U);
  EXPECT_EQ(column.constant(), 7U);
  EXPECT_TRUE(column.planes().empty());
  encode_column<std::uint32_t>({1, 2}, column);
  EXPECT_EQ(column.constant(), 0U);
  EXPECT_EQ(column.planes(), std::string("\x01\x02"));
  encode_column<std::uint32_t>({}, column);
  EXPECT_EQ(column.SerializeAsString(), "");
}

TEST(ColumnCodec, RandomValuesComeBack) {
  std::mt19937_64 random(1);
  for (std::uint32_t width = 1; width <= 8; ++width) {
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 1000; ++i) values.push_back(random() >> (64 - 8 * width));
    values.back() = ~0ULL >> (64 - 8 * width);
    expect_round_trip(values, width);
  }
}

TEST(ColumnCodec, PlanesOfAnotherLengthAreRefused) {
  v1::Column column;
  column.set_width_bytes(2);
  column.set_planes("12345");
  EXPECT_EQ(refusal(column, 3), "malformed column: cpu");
  EXPECT_EQ(refusal(column, 2), "malformed column: cpu");
  EXPECT_EQ(refusal(column, 0), "malformed column: cpu");
}

TEST(ColumnCodec, PlanesWithoutAWidthAreRefused) {
  v1::Column column;
  column.set_planes("12");
  EXPECT_EQ(refusal(column, 2), "malformed column: cpu");
}

TEST(ColumnCodec, AWidthBeyondTheTypeIsRefused) {
  v1::Column column;
  column.set_width_bytes(3);
  column.set_planes("123456");
  EXPECT_EQ(refusal(column, 2), "malformed column: cpu");
  // 2^32 - 1 bytes times 2^30 rows is no length that a plane could have by overflow.
  column.set_width_bytes(std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(refusal(column, std::size_t{1} << 30), "malformed column: cpu");
}

TEST(ColumnCodec, AConstantBeyondTheTypeIsRefused) {
  v1::Column column;
  column.set_constant(65536);
  EXPECT_EQ(refusal(column, 2), "value out of range: cpu");
  column.set_constant(65535);
  EXPECT_EQ(refusal(column, 2), "");
}

}  // namespace
}  // namespace socklock::trace
