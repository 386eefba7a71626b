// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "analyzer/load/dictionary_builder.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/flat_index.h"
#include "proto/rows.h"
#include "proto/trace_writer.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::MadeInterval;
using analyzer::testing::TraceMaker;

TEST(FlatIndex, NumbersKeysInOrderOfFirstSightThroughGrowth) {
  FlatIndex index;
  for (std::uint32_t round = 0; round < 2; ++round)
    for (std::uint32_t i = 0; i < 10'000; ++i) ASSERT_EQ(index.find_or_add({i * 7ULL, i}), i);
  EXPECT_EQ(index.size(), 10'000U);
  EXPECT_EQ(index.keys()[5], (FlatKey{35, 5}));
}

TEST(IdMap, UnknownIdsAreNothingAndCounted) {
  IdMap ids;
  EXPECT_TRUE(ids.add(5, 1));
  EXPECT_TRUE(ids.add(UINT32_MAX, 2));
  EXPECT_FALSE(ids.add(5, 3));
  EXPECT_FALSE(ids.add(0, 3));
  EXPECT_EQ(ids.find(5), 1U);
  EXPECT_EQ(ids.find(UINT32_MAX), 2U);
  EXPECT_EQ(ids.find(0), 0U);
  EXPECT_EQ(ids.unknown(), 0U);
  EXPECT_EQ(ids.find(6), 0U);
  EXPECT_EQ(ids.find(7'000'000), 0U);
  EXPECT_EQ(ids.unknown(), 2U);
}

// Inside a test, Run is a member of its base class.
using LoadedRun = Run;

class LoadRun : public ::testing::Test {
 protected:
  LoadedRun loaded(RowSource source = RowSource::kSummaries) {
    auto run = load_run(path_, source);
    EXPECT_TRUE(run) << run.error().message();
    return run ? *std::move(run) : LoadedRun{};
  }

  Folder folder_;
  std::string path_ = folder_.file("a.slk");
};

TEST_F(LoadRun, SumsOfIntervalsAreExact) {
  TraceMaker maker;
  maker.header.set_label("before");
  const auto lock = maker.table_lock("ehash", 3);
  const auto stack = maker.stack({"_raw_spin_lock", "inet_ehash_insert"});
  maker.add({.waits = {{.lock = lock, .stack = stack, .waits_ns = {100, 300}}}, .connections_active = 7, .lost = 2});
  maker.add({.waits = {{.lock = lock, .stack = stack, .waits_ns = {50, 60, 7000}}}, .connections_active = 8});
  maker.write(path_);

  const LoadedRun run = loaded();
  EXPECT_TRUE(run.closed);
  EXPECT_EQ(run.facts.label, "before");
  EXPECT_EQ(run.facts.spinlock_mode, SpinlockMode::kPv);
  EXPECT_EQ(run.duration_ns(), 2'000'000'000U);
  EXPECT_EQ(run.work.connections_active, 15U);
  EXPECT_EQ(run.lost(), 2U);
  EXPECT_EQ(run.events, 5U);
  ASSERT_EQ(run.waits.size(), 1U);
  const WaitSums& sums = run.waits.sums[0];
  EXPECT_EQ(sums.contentions, 5U);
  EXPECT_EQ(sums.wait_ns, 7510U);
  EXPECT_EQ(sums.wait_min_ns, 50U);
  EXPECT_EQ(sums.wait_max_ns, 7000U);
  std::uint64_t in_cells = 0;
  for (const WaitCell& cell : run.waits.cells_of(0)) in_cells += cell.count;
  EXPECT_EQ(in_cells, 5U);
  ASSERT_EQ(run.intervals.size(), 2U);
  ASSERT_EQ(run.waits_of(run.intervals[1]).size(), 1U);
  EXPECT_EQ(run.waits_of(run.intervals[1])[0].wait_ns, 7110U);
  EXPECT_EQ(run.intervals[0].work.connections_active, 7U);
}

TEST_F(LoadRun, EventsAddUpToTheSummariesAndHaveThreads) {
  TraceMaker maker;
  const auto first = maker.table_lock("ehash", 3), second = maker.slab_lock("TCP", "sk_lock.slock");
  const auto stack = maker.stack({"_raw_spin_lock", "tcp_v4_rcv"});
  for (int i = 0; i < 3; ++i)
    maker.add({.waits = {{.lock = first, .stack = stack, .waits_ns = {100, 300, 17}},
                         {.lock = second, .stack = stack, .waits_ns = {9000}}}});
  maker.write(path_);

  const LoadedRun from_summaries = loaded(), from_events = loaded(RowSource::kEvents);
  ASSERT_EQ(from_summaries.waits.size(), 2U);
  ASSERT_EQ(from_events.waits.size(), 2U);
  for (std::size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(from_events.waits.sums[row].contentions, from_summaries.waits.sums[row].contentions);
    EXPECT_EQ(from_events.waits.sums[row].wait_ns, from_summaries.waits.sums[row].wait_ns);
    EXPECT_EQ(from_events.waits.sums[row].wait_max_ns, from_summaries.waits.sums[row].wait_max_ns);
    EXPECT_EQ(from_events.waits.cells_of(row).size(), from_summaries.waits.cells_of(row).size());
    EXPECT_EQ(from_summaries.waits.keys[row].thread, kNoThread);
    EXPECT_EQ(from_events.dictionaries.at(from_events.waits.keys[row].thread).comm, "server");
  }
}

TEST_F(LoadRun, WithoutAFooterTheSumsAreThoseOfTheIntervals) {
  TraceMaker maker;
  const auto lock = maker.table_lock("ehash", 3);
  maker.add({.waits = {{.lock = lock, .waits_ns = {100}}}});
  maker.write(path_, false);
  const LoadedRun run = loaded();
  EXPECT_FALSE(run.closed);
  EXPECT_TRUE(run.damage.empty());
  EXPECT_EQ(run.waits.sums.at(0).wait_ns, 100U);
}

TEST_F(LoadRun, IdsThatNobodyDefinedAreUnknownAndCounted) {
  TraceMaker maker;
  maker.add({.waits = {{.lock = 77, .stack = 78, .waits_ns = {100}}}});
  maker.write(path_);
  const LoadedRun run = loaded();
  EXPECT_EQ(run.unknown_ids, 2U);
  EXPECT_EQ(run.waits.keys.at(0).lock, kNoLock);
  EXPECT_EQ(run.waits.sums.at(0).contentions, 1U);
}

TEST_F(LoadRun, DamageIsListedAndTheRestRead) {
  TraceMaker maker;
  const auto lock = maker.table_lock("ehash", 3);
  for (int i = 0; i < 10; ++i) maker.add({.waits = {{.lock = lock, .waits_ns = {100}}}});
  maker.write(path_);
  const auto size = std::filesystem::file_size(path_);
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.write("\x55\x55\x55\x55", 4);
  }
  const LoadedRun run = loaded();
  ASSERT_EQ(run.damage.size(), 1U);
  EXPECT_GT(run.damage[0].offset_bytes, 0U);
  EXPECT_GE(run.waits.sums.at(0).contentions, 8U);
}

// At level 2 the recorder's own probes stand between a function and its caller.
TEST_F(LoadRun, StacksHaveNoTrampolinesOfTheRecordersOwn) {
  TraceMaker maker;
  const auto stack =
      maker.stack({"native_queued_spin_lock_slowpath", "inet_csk_get_port", "[0xffffffffc0512000]", "inet_csk_get_port",
                   "ftrace_trampoline", "inet_csk_get_port", "__inet_bind", "[0xffffffffc0513000]", "__sys_bind"});
  maker.add({.waits = {{maker.table_lock("bhash", 3), stack, {1000}}}});
  const Folder folder;
  maker.write(folder.file("probed.slk"));
  const auto run = load_run(folder.file("probed.slk"));
  ASSERT_TRUE(run);
  std::vector<std::string> symbols;
  for (const FunctionId frame : run->dictionaries.stacks.back().frames)
    symbols.push_back(run->dictionaries.at(frame).symbol);
  EXPECT_EQ(symbols, (std::vector<std::string>{"native_queued_spin_lock_slowpath", "inet_csk_get_port", "__inet_bind",
                                               "[unnamed]", "__sys_bind"}));
}

// An interval uses up the budget, so that the second dictionary is left out: by both readers, or numbers of the one
// were beyond the other's dictionaries.
TEST_F(LoadRun, EventsAreReadWithTheDictionariesOfTheRunUnderABudgetToo) {
  auto writer = trace::TraceWriter::create(path_, true);
  ASSERT_TRUE(writer && writer->write(trace::v1::Header()));
  trace::v1::Dictionary first, second;
  first.add_locks()->set_id(1);
  for (std::uint32_t id = 2; id < 200; ++id) second.add_locks()->set_id(id);
  trace::v1::Interval interval;
  interval.set_end_ns(1);
  *interval.mutable_summary() = trace::encode(std::vector<trace::SummaryRow>(20'000));
  trace::EventColumns events;
  events.end_ns = events.wait_ns = events.stack_weight = {1};
  events.lock = {150};
  events.stack = events.thread = {0};
  events.weight = {1};
  events.cpu = events.error = events.syscall = {0};
  events.flags = events.context = {0};
  ASSERT_TRUE(writer->write(first) && writer->write(interval) && writer->write(second) && writer->write(events) &&
              writer->finish({}));
  for (const std::uint64_t budget_bytes : {500'000U, 10'000'000U}) {
    const auto run = load_run(path_, LoadOptions{.budget_bytes = budget_bytes});
    ASSERT_TRUE(run);
    EXPECT_EQ(run->dictionaries.locks.size() > 100, budget_bytes > 500'000);
    auto reader = EventReader::open(path_, budget_bytes);
    ASSERT_TRUE(reader);
    const trace::EventColumns* read = reader->next();
    ASSERT_NE(read, nullptr);
    EXPECT_LT(read->lock.at(0), run->dictionaries.locks.size());
    EXPECT_EQ(read->lock.at(0) > 0, budget_bytes > 500'000);
  }
}

TEST_F(LoadRun, RefusesWhatIsNoTrace) {
  for (const char* text : {"", "hello", "PERFILE2 and more of it than a header has"}) {
    std::ofstream(path_, std::ios::trunc) << text;
    const auto run = load_run(path_);
    ASSERT_FALSE(run) << text;
    EXPECT_EQ(run.error().exit_code, ExitCode::kBadInput);
    EXPECT_NE(run.error().message().find(path_), std::string::npos) << run.error().message();
    EXPECT_FALSE(run.error().hint.empty()) << run.error().message();
  }
  EXPECT_FALSE(load_run(folder_.file("none")));
}

}  // namespace
}  // namespace socklock::analyzer
