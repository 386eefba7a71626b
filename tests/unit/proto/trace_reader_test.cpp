// SPDX-License-Identifier: GPL-2.0-or-later
// Whole traces, and files that are none.
#include "proto/trace_reader.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "proto/byte_order.h"
#include "proto/trace_writer.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::all_blocks;
using testing::as_span;
using testing::block_of;
using testing::file_header;
using testing::kind_of;
using testing::small_trace;
using testing::TemporaryFolder;

Error error_over(const std::string& bytes) {
  const auto reader = TraceReader::over(as_span(bytes), "a.slk");
  EXPECT_FALSE(reader);
  return reader ? Error{} : reader.error();
}

TEST(TraceReader, BlocksComeBackInOrder) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("a.slk"), small_trace(2));
  auto reader = TraceReader::open(folder.file("a.slk"));
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->name(), folder.file("a.slk"));
  EXPECT_EQ(reader->minor_version(), kMinorVersion);
  EXPECT_EQ(reader->position_bytes(), kFileHeaderBytes);

  using enum BlockKind;
  const auto blocks = all_blocks(*reader);
  std::vector<BlockKind> kinds;
  for (const auto& block : blocks) kinds.push_back(kind_of(block));
  EXPECT_EQ(kinds, (std::vector{kHeader, kDictionary, kEvents, kInterval, kDictionary, kEvents, kInterval, kFooter}));
  EXPECT_TRUE(reader->damage().empty());
  EXPECT_EQ(reader->unknown_blocks(), 0U);
  EXPECT_EQ(reader->position_bytes(), reader->size_bytes() - kTrailerBytes);

  EXPECT_EQ(std::get<v1::Header>(blocks[0].message).label(), "small");
  EXPECT_EQ(std::get<v1::Dictionary>(blocks[1].message).functions(0).symbol(), "tcp_sendmsg");
  EventColumns events;
  ASSERT_TRUE(decode(std::get<v1::Events>(blocks[2].message), events));
  EXPECT_EQ(events.wait_ns, testing::random_events(5, 1).wait_ns);
  const auto rows = testing::decoded(std::get<v1::Interval>(blocks[3].message).summary());
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(rows->size(), 4U);
}

TEST(TraceReader, TheFooterIsReadFromTheEndAndLeavesThePosition) {
  const auto bytes = small_trace(2);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->next());
  const auto position = reader->position_bytes();
  const auto footer = reader->footer();
  ASSERT_TRUE(footer);
  EXPECT_EQ(footer->events(), 10U);
  EXPECT_EQ(footer->blocks_size(), 7);
  EXPECT_TRUE(footer->has_header_end());
  EXPECT_EQ(reader->position_bytes(), position);
}

TEST(TraceReader, ATraceWithoutItsEndHasNoFooter) {
  const auto bytes = small_trace(1);
  for (const std::size_t lost : {1U, 8U, 16U, 17U}) {
    const auto cut = bytes.substr(0, bytes.size() - lost);
    auto reader = TraceReader::over(as_span(cut), "a.slk");
    ASSERT_TRUE(reader);
    EXPECT_FALSE(reader->footer());
  }
}

TEST(TraceReader, ATrailerThatPointsElsewhereGivesNoFooter) {
  const auto bytes = small_trace(1);
  const auto body = bytes.substr(0, bytes.size() - kTrailerBytes);
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{16}, bytes.size() - 17, bytes.size(), UINT64_MAX, UINT64_MAX - 23}) {
    const auto fake = body + testing::trailer(offset);
    auto reader = TraceReader::over(as_span(fake), "a.slk");
    ASSERT_TRUE(reader);
    EXPECT_FALSE(reader->footer()) << offset;
    EXPECT_EQ(all_blocks(*reader).size(), 5U);
  }
}

TEST(TraceReader, ASeekToAnIndexEntryGivesItsBlock) {
  const auto bytes = small_trace(2);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader);
  const auto footer = reader->footer();
  ASSERT_TRUE(footer);
  for (const auto& entry : footer->blocks()) {
    reader->seek(entry.offset_bytes());
    const auto block = reader->next();
    ASSERT_TRUE(block);
    EXPECT_EQ(block->offset_bytes, entry.offset_bytes());
    EXPECT_EQ(static_cast<std::uint32_t>(kind_of(*block)), entry.kind());
  }
}

TEST(TraceReader, ASeekAnywhereIsSafe) {
  const auto bytes = small_trace(1);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader);
  for (std::uint64_t offset = 0; offset <= bytes.size() + 20; ++offset) {
    reader->seek(offset);
    while (auto block = reader->next()) EXPECT_GE(block->offset_bytes, offset);
  }
  reader->seek(UINT64_MAX);
  EXPECT_FALSE(reader->next());
}

TEST(TraceReader, ANameThatIsNotUtf8CostsNothing) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer);
  v1::Dictionary dictionary;
  dictionary.add_threads()->set_comm("caf\xc3");
  ASSERT_TRUE(writer->write(dictionary) && writer->publish());
  auto reader = TraceReader::open(folder.file("a.slk"));
  ASSERT_TRUE(reader);
  const auto blocks = all_blocks(*reader);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(std::get<v1::Dictionary>(blocks[0].message).threads(0).comm(), "caf\xc3");
}

TEST(TraceReader, ForeignFilesAreToldApart) {
  EXPECT_EQ(error_over("").message(), "the file is empty: 'a.slk'");
  EXPECT_EQ(error_over("SOCKLOCK").message(), "not a socklock trace: 'a.slk'");
  EXPECT_EQ(error_over(std::string(100, 'x')).message(), "not a socklock trace: 'a.slk'");
  EXPECT_EQ(error_over("PERFILE2" + std::string(100, '\0')).hint,
            "it is what perf records: perf script --header --ns -i FILE | socklock import perf-script - -o FILE.slk");
  EXPECT_EQ(error_over(testing::compressed(small_trace(1))).hint, "it is compressed with zstd: unpack it first");
  EXPECT_EQ(error_over("\x1f\x8b\x08" + std::string(100, '\0')).hint, "it is compressed with gzip: unpack it first");
  EXPECT_EQ(error_over("").exit_code, ExitCode::kBadInput);
}

TEST(TraceReader, WhatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  EXPECT_EQ(TraceReader::open(folder.file("none")).error().message(),
            "cannot read: No such file or directory: '" + folder.file("none") + "'");
  EXPECT_EQ(TraceReader::open(folder.file("")).error().what, "not a regular file");
  testing::write_bytes(folder.file("empty"), "");
  EXPECT_EQ(TraceReader::open(folder.file("empty")).error().what, "the file is empty");
  // Nobody writes to this pipe: waiting for it would never end.
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(TraceReader::open(folder.file("pipe")).error().what, "not a regular file");
}

TEST(TraceReader, ANewerMajorVersionIsRefused) {
  const auto error = error_over(file_header(2, 5) + small_trace(1).substr(kFileHeaderBytes));
  EXPECT_EQ(error.message(), "format version 2.5 of the trace is not known here, which reads up to 1.x: 'a.slk'");
  EXPECT_EQ(error.hint, "use a socklock as new as the one that recorded it");
  EXPECT_EQ(error.exit_code, ExitCode::kBadInput);
}

TEST(TraceReader, ANewerMinorVersionIsRead) {
  const auto bytes = file_header(1, 65535) + small_trace(1).substr(kFileHeaderBytes);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->minor_version(), 65535);
  EXPECT_EQ(all_blocks(*reader).size(), 5U);
}

TEST(TraceReader, BlocksOfUnknownKindsAreSkippedAndCounted) {
  const auto header = block_of(BlockKind::kHeader, v1::Header().SerializeAsString());
  const auto bytes = file_header() + block_of(6, "not even zstd", 1000) + header + block_of(0, "", 0) + header +
                     block_of(65535, "x", 1);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader);
  EXPECT_EQ(all_blocks(*reader).size(), 2U);
  EXPECT_EQ(reader->unknown_blocks(), 3U);
  EXPECT_TRUE(reader->damage().empty());
}

TEST(TraceReader, UnknownFieldsAreSkipped) {
  v1::Header header;
  header.set_label("old");
  // Fields 1000 (a varint), 1001 (bytes) and 1002 (fixed64) of a newer version.
  const std::string raw =
      std::string("\xc0\x3e\x07\xca\x3e\x02hi\xd1\x3e", 10) + std::string(8, '\1') + header.SerializeAsString();
  const auto bytes = file_header() + block_of(BlockKind::kHeader, raw);
  auto reader = TraceReader::over(as_span(bytes), "a.slk");
  ASSERT_TRUE(reader);
  const auto blocks = all_blocks(*reader);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(std::get<v1::Header>(blocks[0].message).label(), "old");
  EXPECT_TRUE(reader->damage().empty());
}

}  // namespace
}  // namespace socklock::trace
