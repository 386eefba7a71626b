// SPDX-License-Identifier: GPL-2.0-or-later
// A trace may claim what it likes: what it can make the reader allocate is bounded.
#include <zstd.h>

#include <gtest/gtest.h>

#include "proto/byte_order.h"
#include "proto/checksum.h"
#include "proto/entry_count.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "tests/unit/proto/allocation_meter.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::AllocationMeter;
using testing::as_span;
using testing::block_of;
using testing::compressed;
using testing::file_header;

constexpr std::size_t kMegabyte = 1U << 20;

struct Reading {
  std::size_t blocks = 0;
  std::size_t damage = 0;
  std::size_t peak_bytes = 0;
};

// `block` between two whole ones, which must survive it.
Reading read_around(const std::string& block) {
  const auto good = block_of(BlockKind::kHeader, v1::Header().SerializeAsString());
  const auto bytes = file_header() + good + block + good;
  const AllocationMeter meter;
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  Reading reading;
  while (reader->next()) ++reading.blocks;
  reading.damage = reader->damage().size();
  reading.peak_bytes = meter.peak_bytes();
  return reading;
}

void expect_refused(const std::string& block, std::size_t most_bytes = kMegabyte) {
  const auto reading = read_around(block);
  EXPECT_EQ(reading.blocks, 2U);
  EXPECT_EQ(reading.damage, 1U);
  EXPECT_LT(reading.peak_bytes, most_bytes);
}

std::string claiming(std::uint32_t stored_bytes, std::uint32_t raw_bytes, const std::string& stored) {
  std::string block;
  append_le(block, kBlockMagic);
  append_le(block, std::uint32_t{4});
  append_le(block, stored_bytes);
  append_le(block, raw_bytes);
  append_le(block, block_checksum(block.data(), stored.data(), stored.size()));
  return block + stored;
}

std::string repeated(const std::string& piece, std::size_t times) {
  std::string all = piece;
  all.reserve(piece.size() * times);
  while (all.size() < piece.size() * times) all.append(all, 0, piece.size() * times - all.size());
  return all;
}

TEST(TraceReaderLimits, TheMeterSeesAllocations) {
  const AllocationMeter meter;
  { const std::vector<char> memory(10 * kMegabyte); }
  EXPECT_GE(meter.peak_bytes(), 10 * kMegabyte);
  EXPECT_LT(meter.peak_bytes(), 11 * kMegabyte);
}

TEST(TraceReaderLimits, LengthsBeyondTheLimitsOrTheFile) {
  const auto stored = compressed("");
  expect_refused(claiming(UINT32_MAX, 0, stored));
  expect_refused(claiming(kMaxStoredBytes + 1, 0, stored));
  expect_refused(claiming(kMaxStoredBytes, 0, stored));
  expect_refused(claiming(static_cast<std::uint32_t>(stored.size()), kMaxRawBytes + 1, stored));
  expect_refused(claiming(static_cast<std::uint32_t>(stored.size()), UINT32_MAX, stored));
}

TEST(TraceReaderLimits, RawBytesThatTheFrameDoesNotAnnounce) {
  expect_refused(block_of(4, compressed(std::string(1000, 'x')), 999));
  expect_refused(block_of(4, compressed(std::string(1000, 'x')), kMaxRawBytes));
  expect_refused(block_of(4, "", 0));
  expect_refused(block_of(4, std::string(100, '\0'), 0));
}

TEST(TraceReaderLimits, ABombThatAnnouncesLessThanItHolds) {
  auto stored = compressed(std::string(8 * kMegabyte, '\0'));
  // Descriptor: a window byte after it, then 4 bytes of content size.
  ASSERT_EQ(static_cast<unsigned char>(stored[4]) & 0xe0U, 0x80U);
  stored.replace(6, 4, std::string("\x10\0\0\0", 4));
  ASSERT_EQ(ZSTD_getFrameContentSize(stored.data(), stored.size()), 16U);
  expect_refused(block_of(4, stored, 16));
}

TEST(TraceReaderLimits, ASecondFrameBehindTheFirst) {
  const auto raw = v1::Events().SerializeAsString();
  expect_refused(block_of(4, compressed(raw) + compressed(std::string(8 * kMegabyte, '\0')),
                          static_cast<std::uint32_t>(raw.size())));
}

TEST(TraceReaderLimits, AFrameWithoutItsSize) {
  std::string stored(1000, '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  stored.resize(ZSTD_compress2(context, stored.data(), stored.size(), "\x08\x01", 2));
  ZSTD_freeCCtx(context);
  expect_refused(block_of(4, stored, 2));
}

// 64 MB of messages of two bytes, in a file of 6 KB: as objects they would take gigabytes.
TEST(TraceReaderLimits, EntriesAreCountedBeforeTheyBecomeObjects) {
  const std::size_t most = kMaxRawBytes / 2;
  const std::size_t raw_and_little_more = kMaxRawBytes + kMegabyte;
  const auto bomb = [](BlockKind kind, const std::string& raw) {
    auto block = block_of(kind, raw);
    EXPECT_LT(block.size(), 10'000U);
    return block;
  };
  expect_refused(bomb(BlockKind::kFooter, repeated(std::string("\x0a\0", 2), most)), raw_and_little_more);
  expect_refused(bomb(BlockKind::kDictionary, repeated(std::string("\x1a\0", 2), most)), raw_and_little_more);
  expect_refused(bomb(BlockKind::kInterval, repeated(std::string("\x32\0", 2), most)), raw_and_little_more);
  // Aliases inside one lock.
  const auto aliases = repeated(std::string("\x5a\0", 2), kMaxEntriesPerBlock);
  expect_refused(bomb(BlockKind::kDictionary, std::string("\x1a\x80\x80\x80\x01") + aliases), raw_and_little_more);
}

TEST(TraceReaderLimits, ABudgetIsOfTheWholeTrace) {
  v1::Dictionary dictionary;
  for (std::uint32_t id = 1; id <= 2000; ++id) dictionary.add_threads()->set_id(id);
  const auto block = block_of(BlockKind::kDictionary, dictionary.SerializeAsString());
  const auto bytes =
      file_header() + block_of(BlockKind::kHeader, v1::Header().SerializeAsString()) + repeated(block, 10);
  const auto blocks_within = [&](std::uint64_t budget_bytes) {
    auto reader = TraceReader::over(as_span(bytes), "a.slk");
    if (budget_bytes != 0) reader->set_budget(budget_bytes);
    std::size_t blocks = 0;
    while (reader->next()) ++blocks;
    EXPECT_EQ(blocks + reader->damage().size(), 11U) << "what is left out is said";
    return blocks;
  };
  EXPECT_EQ(blocks_within(0), 11U);
  EXPECT_EQ(blocks_within(64 * kMegabyte), 11U);
  // Each thread is taken for 160 bytes and what its own bytes become: two such blocks fit, beside the header.
  EXPECT_EQ(blocks_within(kMegabyte), 3U);
}

// Of what takes hardly a byte in the file, as an owner where all columns are constant.
TEST(TraceReaderLimits, OwnersCgroupsAndNamespacesAreOfTheBudget) {
  v1::Interval interval;
  interval.mutable_owners()->set_rows(4000);
  v1::Dictionary cgroups, namespaces;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    cgroups.add_cgroups();
    namespaces.add_network_namespaces();
  }
  const auto blocks_of = [](BlockKind kind, const std::string& raw) {
    const auto bytes = file_header() + block_of(BlockKind::kHeader, v1::Header().SerializeAsString()) +
                       repeated(block_of(kind, raw), 3);
    auto reader = TraceReader::over(as_span(bytes), "a.slk");
    reader->set_budget(kMegabyte);
    std::size_t blocks = 0;
    while (reader->next()) ++blocks;
    return blocks;
  };
  // 640 KB each: one of the three fits, beside the header.
  EXPECT_EQ(blocks_of(BlockKind::kInterval, interval.SerializeAsString()), 2U);
  EXPECT_EQ(blocks_of(BlockKind::kDictionary, cgroups.SerializeAsString()), 2U);
  EXPECT_EQ(blocks_of(BlockKind::kDictionary, namespaces.SerializeAsString()), 2U);
}

TEST(EntryCount, CountsAtEveryDepth) {
  v1::Footer footer;
  footer.add_blocks();
  footer.add_blocks();
  auto* header = footer.mutable_header();
  header->add_hash_tables();
  header->mutable_host()->add_sysctls()->set_name("x");
  header->mutable_host()->add_protocols();
  header->mutable_recorder()->add_notes("n");
  header->mutable_recorder()->add_probes();
  header->mutable_recorder()->add_options("o");
  header->mutable_workload()->add_argv("a");
  // Two of the index, the header, its host, recorder and workload, and the seven in them.
  EXPECT_EQ(count_entries(BlockKind::kFooter, footer.SerializeAsString()), 13U);
  v1::Dictionary dictionary;
  dictionary.add_functions();
  dictionary.add_stacks()->add_functions(1);
  dictionary.add_threads();
  dictionary.add_locks()->add_aliases()->set_cache("TCP");
  dictionary.add_cgroups()->set_path("/");
  dictionary.add_network_namespaces()->set_name("host");
  EXPECT_EQ(count_entries(BlockKind::kDictionary, dictionary.SerializeAsString()), 7U);
  EXPECT_EQ(count_entries(BlockKind::kEvents, encode(testing::random_events(10, 1)).SerializeAsString()), 0U);
}

TEST(EntryCount, StopsAtTheLimit) {
  const auto most = repeated(std::string("\x0a\0", 2), kMaxEntriesPerBlock);
  EXPECT_EQ(count_entries(BlockKind::kFooter, most), kMaxEntriesPerBlock);
  EXPECT_FALSE(count_entries(BlockKind::kFooter, most + std::string("\x0a\0", 2)));
}

TEST(EntryCount, MalformedBytesHaveNoCount) {
  EXPECT_FALSE(count_entries(BlockKind::kFooter, "\x0a\x05x"));
  EXPECT_FALSE(count_entries(BlockKind::kFooter, "\x0a"));
  EXPECT_FALSE(count_entries(BlockKind::kFooter, std::string("\x0a\xff\xff\xff\xff\x0f", 6)));
  EXPECT_FALSE(count_entries(BlockKind::kFooter, std::string("\0", 1)));
  EXPECT_FALSE(count_entries(BlockKind::kDictionary, std::string("\x1a\x02\x5a\x7f", 4)));
}

TEST(TraceReaderLimits, RowsWithoutBytesBehindThem) {
  v1::Events events;
  events.set_rows(UINT32_MAX);
  events.mutable_wait_ns()->set_constant(5);
  v1::Summary summary;
  summary.set_rows(UINT32_MAX);
  summary.mutable_contentions()->set_constant(1);
  v1::Summary cells;
  cells.set_rows(1);
  cells.mutable_contentions()->set_constant(3);
  cells.set_cells(UINT32_MAX);
  const AllocationMeter meter;
  EventColumns columns;
  EXPECT_FALSE(decode(events, columns));
  EXPECT_FALSE(testing::decoded(summary));
  EXPECT_FALSE(testing::decoded(cells));
  EXPECT_EQ(columns.wait_ns.capacity(), 0U);
  EXPECT_LT(meter.peak_bytes(), kMegabyte);
}

}  // namespace
}  // namespace socklock::trace
