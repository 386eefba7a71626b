// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/trace_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

using testing::all_blocks;
using testing::kind_of;
using testing::random_events;
using testing::read_bytes;
using testing::TemporaryFolder;

std::size_t events_in(const std::vector<Block>& blocks) {
  std::size_t rows = 0;
  for (const auto& block : blocks)
    if (const auto* events = std::get_if<v1::Events>(&block.message)) rows += events->rows();
  return rows;
}

std::vector<Block> blocks_of(const std::string& path) {
  auto reader = TraceReader::open(path);
  EXPECT_TRUE(reader) << reader.error().message();
  auto blocks = all_blocks(*reader);
  EXPECT_TRUE(reader->damage().empty());
  return blocks;
}

TEST(TraceWriter, AnExistingFileIsRefusedAndLeftUntouched) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("a.slk"), "precious");
  const auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().exit_code, ExitCode::kUsage);
  EXPECT_EQ(writer.error().where, "'" + folder.file("a.slk") + "'");
  EXPECT_NE(writer.error().hint.find("--overwrite"), std::string::npos);
  EXPECT_EQ(read_bytes(folder.file("a.slk")), "precious");
}

TEST(TraceWriter, ADanglingLinkIsNotFollowed) {
  const TemporaryFolder folder;
  ASSERT_EQ(symlink(folder.file("elsewhere").c_str(), folder.file("a.slk").c_str()), 0);
  EXPECT_FALSE(TraceWriter::create(folder.file("a.slk")));
  EXPECT_NE(access(folder.file("elsewhere").c_str(), F_OK), 0);
}

TEST(TraceWriter, AnIntervalIsWrittenAsOneWithoutWhatItHasNot) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer);
  v1::Dictionary added;
  added.add_functions()->set_id(1);
  v1::Interval interval;
  interval.set_begin_ns(5);
  interval.set_end_ns(7);
  ASSERT_TRUE(writer->write(added, random_events(100, 1), interval));
  ASSERT_TRUE(writer->write(v1::Dictionary(), EventColumns(), interval));
  ASSERT_TRUE(writer->write(added, random_events(200'000, 2), interval)) << "more than is kept back";
  ASSERT_TRUE(writer->finish({}));
  std::vector<BlockKind> kinds;
  const auto blocks = blocks_of(folder.file("a.slk"));
  for (const auto& block : blocks) kinds.push_back(kind_of(block));
  using enum BlockKind;
  EXPECT_EQ(kinds, (std::vector{kDictionary, kEvents, kInterval, kInterval, kDictionary, kEvents, kInterval, kFooter}));
  const auto& footer = std::get<v1::Footer>(blocks.back().message);
  ASSERT_EQ(footer.blocks_size(), 7);
  for (int i = 0; i < footer.blocks_size(); ++i)
    EXPECT_EQ(footer.blocks(i).offset_bytes(), blocks[static_cast<std::size_t>(i)].offset_bytes);
}

TEST(TraceWriter, OverwriteReplacesEverything) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("a.slk"), std::string(100'000, 'x'));
  auto writer = TraceWriter::create(folder.file("a.slk"), true);
  ASSERT_TRUE(writer) << writer.error().message();
  ASSERT_TRUE(writer->finish({}));
  EXPECT_EQ(read_bytes(folder.file("a.slk")).size(), writer->bytes());
  EXPECT_EQ(blocks_of(folder.file("a.slk")).size(), 1U);
}

TEST(TraceWriter, OnlyTheOwnerMayReadATrace) {
  const TemporaryFolder folder;
  const mode_t before = umask(0);
  auto writer = TraceWriter::create(folder.file("a.slk"));
  umask(before);
  ASSERT_TRUE(writer && writer->publish());
  struct stat status {};
  ASSERT_EQ(stat(folder.file("a.slk").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(TraceWriter, AFolderThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  const auto writer = TraceWriter::create(folder.file("none/a.slk"));
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().message(), "cannot write: No such file or directory: '" + folder.file("none/a.slk") + "'");
}

TEST(TraceWriter, WhatWasWrittenIsReadableWithoutFinish) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer && writer->write(v1::Header()) && writer->publish());
  EXPECT_EQ(blocks_of(folder.file("a.slk")).size(), 1U);
  ASSERT_TRUE(writer->write(random_events(100, 1)));
  const auto blocks = blocks_of(folder.file("a.slk"));
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(kind_of(blocks[1]), BlockKind::kEvents);
  EXPECT_EQ(events_in(blocks), 100U);
  EXPECT_EQ(read_bytes(folder.file("a.slk")).size(), writer->bytes());
}

TEST(TraceWriter, NoEventsAreNoBlock) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer && writer->write(EventColumns()));
  EXPECT_EQ(writer->bytes(), kFileHeaderBytes);
}

TEST(TraceWriter, EventsAreSplitAtTheMostRowsOfABlock) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer);
  EventColumns events;
  const std::size_t rows = kMaxRowsPerBlock + 1;
  for (std::size_t i = 0; i < rows; ++i) events.end_ns.push_back(i);
  events.wait_ns.assign(rows, 1);
  events.lock.assign(rows, 1);
  events.stack.assign(rows, 1);
  events.thread.assign(rows, 1);
  events.cpu.assign(rows, 1);
  events.flags.assign(rows, 0);
  events.context.assign(rows, 0);
  events.weight.assign(rows, 1);
  events.error.assign(rows, 0);
  events.syscall.assign(rows, 0);
  ASSERT_TRUE(writer->write(events));
  ASSERT_TRUE(writer->finish({}));
  const auto blocks = blocks_of(folder.file("a.slk"));
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(std::get<v1::Events>(blocks[0].message).rows(), kMaxRowsPerBlock);
  EXPECT_EQ(std::get<v1::Events>(blocks[1].message).rows(), 1U);
  EXPECT_EQ(std::get<v1::Events>(blocks[1].message).base_ns(), kMaxRowsPerBlock);
}

// 40 bytes a row that zstd can't shrink: far fewer than kMaxRowsPerBlock rows fill kMaxStoredBytes.
TEST(TraceWriter, EventsThatDoNotCompressAreSplitFurther) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer);
  const auto events = random_events(700'000, 1);
  const auto written = writer->write(events);
  ASSERT_TRUE(written && writer->publish()) << written.error().message();
  const auto blocks = blocks_of(folder.file("a.slk"));
  EXPECT_GT(blocks.size(), 1U);
  EXPECT_EQ(events_in(blocks), events.size());
  EventColumns last;
  ASSERT_TRUE(decode(std::get<v1::Events>(blocks.back().message), last));
  EXPECT_EQ(last.end_ns.back(), events.end_ns.back());
  EXPECT_EQ(last.wait_ns.back(), events.wait_ns.back());
}

TEST(TraceWriter, TheIndexNamesEveryBlock) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer);
  v1::Dictionary dictionary;
  dictionary.add_threads()->set_id(1);
  dictionary.add_locks()->set_id(1);
  v1::Interval interval;
  interval.set_begin_ns(5);
  interval.set_end_ns(7);
  *interval.mutable_summary() = encode(testing::random_summary(3, 1));
  const auto events = random_events(9, 1);
  ASSERT_TRUE(writer->write(v1::Header()) && writer->write(dictionary) && writer->write(interval) &&
              writer->write(events));
  v1::Footer footer;
  footer.add_blocks()->set_rows(77);  // the index is the writer's
  ASSERT_TRUE(writer->finish(footer));

  auto reader = TraceReader::open(folder.file("a.slk"));
  ASSERT_TRUE(reader);
  const auto index = reader->footer()->blocks();
  const auto blocks = all_blocks(*reader);
  ASSERT_EQ(static_cast<std::size_t>(index.size()) + 1, blocks.size());
  for (int i = 0; i < index.size(); ++i) {
    const auto& block = blocks[static_cast<std::size_t>(i)];
    EXPECT_EQ(index[i].offset_bytes(), block.offset_bytes);
    EXPECT_EQ(index[i].kind(), static_cast<std::uint32_t>(kind_of(block)));
  }
  EXPECT_EQ(index[0].rows(), 1U);
  EXPECT_EQ(index[1].rows(), 2U);
  EXPECT_EQ(index[2].rows(), 3U);
  EXPECT_EQ(index[2].begin_ns(), 5U);
  EXPECT_EQ(index[2].end_ns(), 7U);
  EXPECT_EQ(index[3].rows(), 9U);
  EXPECT_EQ(index[3].begin_ns(), events.end_ns.front());
  EXPECT_EQ(index[3].end_ns(), events.end_ns.back());
}

TEST(TraceWriter, APipeCarriesTheSameBytesAsAFile) {
  const TemporaryFolder folder;
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  std::string streamed;
  std::thread drain([&] {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;)
      streamed.append(buffer.data(), static_cast<std::size_t>(got));
  });
  const auto events = random_events(20'000, 1);  // more than a pipe holds
  const auto write_all = [&](Result<TraceWriter> writer) {
    ASSERT_TRUE(writer && writer->write(v1::Header()) && writer->write(events));
    const auto finished = writer->finish({});
    ASSERT_TRUE(finished) << finished.error().message();
  };
  write_all(TraceWriter::to_descriptor(ends[1], "standard output"));
  EXPECT_EQ(fcntl(ends[1], F_GETFD), 0) << "the descriptor is the caller's to close";
  close(ends[1]);
  drain.join();
  close(ends[0]);
  write_all(TraceWriter::create(folder.file("a.slk")));
  EXPECT_EQ(streamed, read_bytes(folder.file("a.slk")));
}

// Like the recorder, whoever writes to a pipe ignores SIGPIPE.
TEST(TraceWriter, AReaderThatWentAwayIsAnError) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  auto writer = TraceWriter::to_descriptor(ends[1], "standard output");
  ASSERT_TRUE(writer);
  close(ends[0]);
  const auto result = writer->write(v1::Header());
  close(ends[1]);
  signal(SIGPIPE, before);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "cannot write: Broken pipe: 'standard output'");
  EXPECT_EQ(result.error().hint, "the reader of the trace went away");
}

TEST(TraceWriter, AFullDiskIsAnErrorWithAHint) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  const auto writer = TraceWriter::to_descriptor(full, "/dev/full");
  close(full);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().message(), "cannot write: No space left on device: '/dev/full'");
  EXPECT_FALSE(writer.error().hint.empty());
}

TEST(TraceWriter, ADeviceOrPipeIsNeverReplaced) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo(folder.file("fifo").c_str(), 0600), 0);
  const auto writer = TraceWriter::create(folder.file("fifo"), true);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().exit_code, ExitCode::kUsage);
  EXPECT_EQ(writer.error().hint.find("--overwrite"), std::string::npos) << writer.error().hint;
  EXPECT_EQ(access(folder.file("fifo").c_str(), F_OK), 0);
}

TEST(TraceWriter, WhatIsReplacedStaysUntilTheTraceIsWhole) {
  const TemporaryFolder folder;
  testing::write_bytes(folder.file("victim"), "precious");
  ASSERT_EQ(symlink("victim", folder.file("a.slk").c_str()), 0);
  {
    auto writer = TraceWriter::create(folder.file("a.slk"), true);
    ASSERT_TRUE(writer && writer->write(v1::Header()));
    EXPECT_EQ(read_bytes(folder.file("a.slk")), "precious");
  }
  EXPECT_EQ(read_bytes(folder.file("a.slk")), "precious");
  auto writer = TraceWriter::create(folder.file("a.slk"), true);
  ASSERT_TRUE(writer && writer->finish({}));
  EXPECT_EQ(read_bytes(folder.file("victim")), "precious");
  EXPECT_EQ(blocks_of(folder.file("a.slk")).size(), 1U);
}

// As when it is killed: nothing is left that a reader would stumble over, neither by its name nor by another.
TEST(TraceWriter, ATraceWithoutAHeaderIsNowhere) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.file("a.slk");
  for (const bool overwrite : {false, true}) {
    const auto writer = TraceWriter::create(path.string(), overwrite);
    ASSERT_TRUE(writer);
    EXPECT_TRUE(std::filesystem::is_empty(path.parent_path()));
  }
}

TEST(TraceWriter, WhatCameMeanwhileIsSomebodyElses) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"));
  ASSERT_TRUE(writer && writer->write(v1::Header()));
  testing::write_bytes(folder.file("a.slk"), "somebody else's");
  const auto published = writer->publish();
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().exit_code, ExitCode::kUsage);
  EXPECT_NE(published.error().hint.find("--overwrite"), std::string::npos);
  EXPECT_EQ(read_bytes(folder.file("a.slk")), "somebody else's");
}

}  // namespace
}  // namespace socklock::trace
