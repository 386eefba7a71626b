// SPDX-License-Identifier: GPL-2.0-or-later
// Blocks of events are summed up each by itself, by as many threads as there are: what comes of it must be what one
// thread comes to that adds event to event.
#include "analyzer/load/block_sums.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <tuple>

#include "analyzer/load/load_run.h"
#include "analyzer/load/ordered_blocks.h"
#include "analyzer/load/run.h"
#include "analyzer/load/wait_table_builder.h"
#include "base/wait_buckets.h"
#include "proto/trace_writer.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using trace::EventColumns;
using trace::EventsView;

template <typename T>
T below(std::mt19937_64& random, std::uint64_t bound) {
  return static_cast<T>(random() % bound);
}

// Of every width, with values that are the same in all rows and such that are not.
EventColumns some_events(std::size_t rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EventColumns events;
  std::uint64_t now_ns = 1'000'000 * seed;
  for (std::size_t i = 0; i < rows; ++i) {
    now_ns += random() % 5000;
    events.end_ns.push_back(now_ns);
    events.wait_ns.push_back(random() >> (34 + random() % 30));
    events.lock.push_back(1 + below<std::uint32_t>(random, 3));
    events.stack.push_back(random() % 4 == 0 ? 70'000 : below<std::uint32_t>(random, 3));
    events.thread.push_back(1 + below<std::uint32_t>(random, 5));
    events.cpu.push_back(below<std::uint16_t>(random, 2));
    events.flags.push_back(random() % 8 == 0 ? 66 : 1);
    events.context.push_back(below<std::uint8_t>(random, 2));
    events.weight.push_back(seed % 2 == 0 ? 1 : 1 + below<std::uint32_t>(random, 9));
    events.error.push_back(random() % 16 == 0 ? 4 : 0);
    events.syscall.push_back(below<std::uint16_t>(random, 300));
    events.stack_weight.push_back(random() % 8 == 0 ? random() % 100 : 0);
    events.run_delay_ns.push_back(seed % 3 == 0 ? 0 : random() % (events.wait_ns.back() + 1));
  }
  return events;
}

using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint16_t, std::uint8_t, std::uint8_t>;

struct Expected {
  WaitSums sums;
  std::uint64_t events = 0, sampled = 0;
  double weight = 0;
  std::map<std::uint32_t, std::uint64_t> cells;
};

// Event after event, as the definitions of run.h have it.
std::map<Key, Expected> sums_by_hand(const EventColumns& events, const EventChoice& choice) {
  std::map<Key, Expected> rows;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& range = choice.range;
    if (events.wait_ns[i] < choice.min_wait_ns || !choice.cpus.keeps(events.cpu[i])) continue;
    if (range && (events.end_ns[i] < range->begin_ns || events.end_ns[i] >= range->end_ns)) continue;
    Expected& row = rows[{events.lock[i], events.stack[i], events.thread[i], events.syscall[i], events.context[i],
                          events.flags[i]}];
    ++row.events;
    row.sums.contentions += events.weight[i];
    row.sums.gave_up += events.error[i] == 0 ? 0 : events.weight[i];
    row.sampled += events.stack_weight[i] > 0 ? 1U : 0U;
    row.weight += static_cast<double>(events.stack_weight[i]);
    if (events.flags[i] == 66) {
      row.sums.untimed += events.weight[i];
      continue;
    }
    row.sums.wait_ns += events.wait_ns[i] * events.weight[i];
    row.sums.run_delay_ns += events.run_delay_ns[i] * events.weight[i];
    row.sums.wait_min_ns = std::min(row.sums.wait_min_ns, events.wait_ns[i]);
    row.sums.wait_max_ns = std::max(row.sums.wait_max_ns, events.wait_ns[i]);
    row.cells[socklock_wait_bucket(events.wait_ns[i])] += events.weight[i];
  }
  return rows;
}

void expect_sums(BlockSums& sums, const EventColumns& events, const EventChoice& choice) {
  const std::string raw = trace::encode(events).SerializeAsString();
  const auto view = EventsView::over(raw);
  ASSERT_TRUE(view);
  const auto summed = sums.sum(*view, choice);
  ASSERT_TRUE(summed) << summed.error().message();
  const auto expected = sums_by_hand(events, choice);
  ASSERT_EQ(sums.rows().size(), expected.size());
  EXPECT_EQ(sums.events(), events.size());
  for (const BlockRow& row : sums.rows()) {
    const RawKey& key = row.key;
    const auto found = expected.find({key.lock, key.stack, key.thread, key.syscall, key.context, key.flags});
    ASSERT_NE(found, expected.end());
    const Expected& by_hand = found->second;
    EXPECT_EQ(row.events, by_hand.events);
    EXPECT_EQ(row.sums.contentions, by_hand.sums.contentions);
    EXPECT_EQ(row.sums.gave_up, by_hand.sums.gave_up);
    EXPECT_EQ(row.sums.untimed, by_hand.sums.untimed);
    EXPECT_EQ(row.sums.wait_ns, by_hand.sums.wait_ns);
    EXPECT_EQ(row.sums.run_delay_ns, by_hand.sums.run_delay_ns);
    EXPECT_EQ(row.sums.wait_min_ns, by_hand.sums.wait_min_ns);
    EXPECT_EQ(row.sums.wait_max_ns, by_hand.sums.wait_max_ns);
    EXPECT_EQ(row.sample.sampled, by_hand.sampled);
    EXPECT_DOUBLE_EQ(row.sample.weight, by_hand.weight);
    std::map<std::uint32_t, std::uint64_t> cells;
    for (const WaitCell& cell : sums.cells_of(row)) {
      EXPECT_TRUE(cells.empty() || cells.rbegin()->first < cell.bucket);
      cells[cell.bucket] = cell.count;
    }
    EXPECT_EQ(cells, by_hand.cells);
  }
}

// Also blocks that are no whole number of chunks, and a small one after a large one.
TEST(BlockSums, AreThoseOfEventAfterEvent) {
  BlockSums sums;
  std::uint64_t seed = 1;
  for (const std::size_t rows : {1U, 2U, 511U, 512U, 513U, 30'000U, 3U, 0U, 700U}) {
    SCOPED_TRACE(rows);
    const EventColumns events = some_events(rows, ++seed);
    expect_sums(sums, events, {});
    if (rows > 2) expect_sums(sums, events, {TimeRange{events.end_ns[rows / 4], events.end_ns[rows / 2]}});
    if (rows > 2) expect_sums(sums, events, {std::nullopt, events.wait_ns[rows / 3]});
    expect_sums(sums, events, {std::nullopt, 0, {.only = CpuNumbers{1}}});
    expect_sums(sums, events, {std::nullopt, 0, {.only = std::nullopt, .left_out = {1}}});
  }
}

TEST(BlockSums, WhatIsTooLargeIsLeftOut) {
  BlockSums sums;
  EventColumns events = some_events(600, 1);
  events.wait_ns[599] = UINT64_MAX;
  events.weight[599] = 2;
  const std::string raw = trace::encode(events).SerializeAsString();
  const auto summed = sums.sum(*EventsView::over(raw), {});
  ASSERT_FALSE(summed);
  EXPECT_EQ(summed.error().message(), "their sums are too large");
  EXPECT_TRUE(sums.rows().empty());
  trace::v1::Events late = trace::encode(some_events(600, 1));
  late.set_base_ns(UINT64_MAX - 1000);
  const std::string raw_late = late.SerializeAsString();
  EXPECT_EQ(sums.sum(*EventsView::over(raw_late), {}).error().message(), "end times overflow");
}

void expect_equal(const Run& run, const Run& serial) {
  EXPECT_EQ(run.events, serial.events);
  EXPECT_EQ(run.unknown_ids, serial.unknown_ids);
  ASSERT_EQ(run.damage.size(), serial.damage.size());
  for (std::size_t i = 0; i < run.damage.size(); ++i) {
    EXPECT_EQ(run.damage[i].offset_bytes, serial.damage[i].offset_bytes);
    EXPECT_EQ(run.damage[i].what, serial.damage[i].what);
  }
  ASSERT_EQ(run.waits.size(), serial.waits.size());
  EXPECT_EQ(run.waits.first_cell, serial.waits.first_cell);
  for (std::size_t row = 0; row < run.waits.size(); ++row) {
    EXPECT_EQ(pack(run.waits.keys[row]), pack(serial.waits.keys[row]));
    EXPECT_EQ(run.waits.sums[row].contentions, serial.waits.sums[row].contentions);
    EXPECT_EQ(run.waits.sums[row].wait_ns, serial.waits.sums[row].wait_ns);
    EXPECT_EQ(run.waits.samples[row].sampled, serial.waits.samples[row].sampled);
    // To the last bit: sums of floats depend on their order.
    EXPECT_EQ(run.waits.samples[row].wait_squares, serial.waits.samples[row].wait_squares);
  }
  for (std::size_t i = 0; i < run.waits.cells.size(); ++i)
    EXPECT_EQ(run.waits.cells[i].count, serial.waits.cells[i].count);
}

class ReadByThreads : public ::testing::Test {
 protected:
  // Forty blocks of events, among them ones with ids that nobody defined.
  void write() {
    auto writer = trace::TraceWriter::create(path_, true);
    ASSERT_TRUE(writer && writer->write(trace::v1::Header()));
    for (std::uint64_t i = 1; i <= 40; ++i) {
      trace::v1::Dictionary dictionary;
      if (i <= 3) dictionary.add_locks()->set_id(static_cast<std::uint32_t>(i));
      if (i <= 4) dictionary.add_threads()->set_id(static_cast<std::uint32_t>(i));
      if (i == 20) dictionary.add_stacks()->set_id(70'000);
      ASSERT_TRUE(writer->write(dictionary) && writer->write(some_events(200 * (i % 7), i)));
      trace::v1::Interval interval;
      interval.set_begin_ns(i - 1);
      interval.set_end_ns(i);
      ASSERT_TRUE(writer->write(interval));
    }
    ASSERT_TRUE(writer->finish({}));
  }

  void expect_the_same_with_any_number(LoadOptions options) {
    options.source = RowSource::kEvents;
    options.threads = 1;
    const auto serial = load_run(path_, options);
    ASSERT_TRUE(serial);
    for (const unsigned threads : {2U, 3U, 8U}) {
      SCOPED_TRACE(threads);
      options.threads = threads;
      const auto run = load_run(path_, options);
      ASSERT_TRUE(run);
      expect_equal(*run, *serial);
    }
  }

  Folder folder_;
  std::string path_ = folder_.file("a.slk");
};

TEST_F(ReadByThreads, ARunIsTheSameWithAnyNumberOfThem) {
  write();
  expect_the_same_with_any_number({});
  expect_the_same_with_any_number({.range = TimeRange{3'000'000, 30'000'000}});
}

TEST_F(ReadByThreads, DamageIsTheSameWithAnyNumberOfThem) {
  write();
  std::string bytes(std::filesystem::file_size(path_), '\0');
  std::ifstream(path_, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  for (std::size_t at = 1000; at < bytes.size(); at += bytes.size() / 6) bytes[at] = static_cast<char>(bytes[at] ^ 1);
  bytes.resize(bytes.size() - 100);
  std::ofstream(path_, std::ios::binary) << bytes;
  expect_the_same_with_any_number({});
  EXPECT_GE(load_run(path_, RowSource::kEvents)->damage.size(), 5U);
}

TEST_F(ReadByThreads, AllOfThemGiveUpWhenAsked) {
  write();
  for (const unsigned threads : {1U, 4U}) {
    int asked = 0;
    const auto run = load_run(path_, {.source = RowSource::kEvents,
                                      .progress = [&asked](std::uint64_t) { return ++asked < 10; },
                                      .threads = threads});
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().what, kCancelled);
    EXPECT_EQ(asked, 10);
  }
}

// Memory may run out in any of them, which nobody may wait for in vain.
class FailingWork : public BlockWork {
 public:
  FailingWork(trace::TraceReader& reader, bool fails_early) : reader_(reader), fails_early_(fails_early) {}
  void prepare(const trace::PackedBlock& block) override {
    if (fails_early_ && block.offset_bytes > 5000) throw std::bad_alloc();
  }
  void apply(const trace::PackedBlock& block, bool is_prepared) override {
    if (block.offset_bytes > 5000) throw std::bad_alloc();
    reader_.take(block, is_prepared, nullptr, 0);
  }

 private:
  trace::TraceReader& reader_;
  bool fails_early_;
};

TEST_F(ReadByThreads, WhatOneOfThemThrowsIsThrownWhenAllHaveEnded) {
  write();
  ASSERT_GT(std::filesystem::file_size(path_), 10'000U);
  for (const unsigned threads : {1U, 2U, 8U})
    for (const bool fails_early : {false, true}) {
      auto reader = trace::TraceReader::open(path_);
      ASSERT_TRUE(reader);
      OrderedBlocks blocks(
          *reader, [&] { return std::make_unique<FailingWork>(*reader, fails_early); },
          [](std::uint64_t) { return true; });
      EXPECT_THROW(blocks.read(threads), std::bad_alloc);
    }
}

}  // namespace
}  // namespace socklock::analyzer
