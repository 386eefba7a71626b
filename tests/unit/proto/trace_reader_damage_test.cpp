// SPDX-License-Identifier: GPL-2.0-or-later
// Torn and damaged traces: damage costs the blocks that it hits, and is said.
#include <algorithm>
#include <chrono>
#include <numeric>

#include <gtest/gtest.h>

#include "proto/byte_order.h"
#include "proto/trace_reader.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::all_blocks;
using testing::as_span;
using testing::block_of;
using testing::file_header;
using testing::small_trace;

struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
};

std::vector<Extent> extents_of(const std::string& bytes) {
  auto reader = TraceReader::over(as_span(bytes), "whole");
  std::vector<Extent> extents;
  while (const auto block = reader->next()) extents.push_back({block->offset_bytes, reader->position_bytes()});
  return extents;
}

std::vector<std::uint64_t> offsets_of(const std::vector<Block>& blocks) {
  std::vector<std::uint64_t> offsets;
  for (const auto& block : blocks) offsets.push_back(block.offset_bytes);
  return offsets;
}

std::uint64_t damaged_bytes(const TraceReader& reader) {
  const auto& damage = reader.damage();
  return std::accumulate(damage.begin(), damage.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Damage& one) { return sum + one.length_bytes; });
}

TEST(TraceReaderDamage, EveryPrefixGivesTheBlocksThatItHolds) {
  const auto bytes = small_trace(2);
  const auto extents = extents_of(bytes);
  ASSERT_EQ(extents.size(), 8U);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto prefix = bytes.substr(0, length);
    auto reader = TraceReader::over(as_span(prefix), "prefix");
    ASSERT_EQ(reader.has_value(), length >= kFileHeaderBytes) << length;
    if (!reader) continue;
    std::vector<std::uint64_t> whole;
    std::uint64_t end_of_whole = kFileHeaderBytes;
    for (const auto& extent : extents)
      if (extent.end <= length) {
        whole.push_back(extent.begin);
        end_of_whole = extent.end;
      }
    EXPECT_EQ(offsets_of(all_blocks(*reader)), whole) << length;
    EXPECT_EQ(damaged_bytes(*reader), length - end_of_whole) << length;
    EXPECT_FALSE(reader->footer()) << length;
  }
}

TEST(TraceReaderDamage, AFlippedByteCostsItsBlockOnly) {
  const auto bytes = small_trace(2);
  const auto extents = extents_of(bytes);
  for (std::size_t at = kFileHeaderBytes; at < bytes.size() - kTrailerBytes; ++at) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    auto reader = TraceReader::over(as_span(flipped), "flipped");
    ASSERT_TRUE(reader);
    std::vector<std::uint64_t> untouched;
    for (const auto& extent : extents)
      if (at < extent.begin || at >= extent.end) untouched.push_back(extent.begin);
    EXPECT_EQ(offsets_of(all_blocks(*reader)), untouched) << at;
    ASSERT_EQ(reader->damage().size(), 1U) << at;
    const auto& damage = reader->damage().front();
    EXPECT_LE(damage.offset_bytes, at);
    EXPECT_GT(damage.offset_bytes + damage.length_bytes, at);
  }
}

TEST(TraceReaderDamage, AFlippedByteOfTheFileHeaderNeverCrashes) {
  const auto bytes = small_trace(1);
  for (std::size_t at = 0; at < kFileHeaderBytes; ++at) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    EXPECT_EQ(TraceReader::over(as_span(flipped), "flipped").has_value(), at >= 10) << at;
  }
}

TEST(TraceReaderDamage, DamageSaysWhatItIs) {
  const auto header = block_of(BlockKind::kHeader, v1::Header().SerializeAsString());
  auto mismatch = block_of(BlockKind::kHeader, "");
  mismatch.back() = static_cast<char>(mismatch.back() ^ 1);
  const auto bytes = file_header() + mismatch + header + "SBLK noise SBLK" + header + block_of(4, "no frame", 5) +
                     header + header.substr(0, 30);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader);
  EXPECT_EQ(all_blocks(*reader).size(), 3U);
  std::vector<std::string> what;
  for (const auto& damage : reader->damage()) what.push_back(damage.what);
  EXPECT_EQ(what, (std::vector<std::string>{"checksum mismatch", "no block header", "malformed block",
                                            "torn or damaged up to the end"}));
}

TEST(TraceReaderDamage, TheKindIsUnderTheChecksum) {
  auto bytes = file_header() + block_of(BlockKind::kHeader, v1::Header().SerializeAsString());
  bytes[kFileHeaderBytes + 4] = 5;
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  EXPECT_TRUE(all_blocks(*reader).empty());
  EXPECT_EQ(reader->damage().size(), 1U);
}

TEST(TraceReaderDamage, TwoTracesInOneFileAreReadAsOneWithAGap) {
  const auto one = small_trace(1);
  const auto bytes = one + one;
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  EXPECT_EQ(all_blocks(*reader).size(), 10U);
  EXPECT_EQ(reader->damage().size(), 1U);
  EXPECT_EQ(damaged_bytes(*reader), kTrailerBytes + kFileHeaderBytes);
}

// Each fake header claims 16 MB and is followed by a whole block: hashing what each claims would take
// minutes. Bounded to twice the file it takes milliseconds.
TEST(TraceReaderDamage, FakeBlockHeadersAreNotHashedEachInFull) {
  std::string fake;
  append_le(fake, kBlockMagic);
  append_le(fake, std::uint32_t{4});
  append_le(fake, kMaxStoredBytes);
  append_le(fake, std::uint32_t{5});
  append_le(fake, std::uint64_t{1});
  const auto good = block_of(77, "", 0);
  std::string bytes = file_header();
  for (int i = 0; i < 50'000; ++i) bytes += fake + good;
  bytes += std::string(kMaxStoredBytes, 'x');
  const auto begin = std::chrono::steady_clock::now();
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  EXPECT_FALSE(reader->next());
  EXPECT_EQ(reader->unknown_blocks(), 50'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace socklock::trace
