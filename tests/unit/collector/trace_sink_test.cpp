// SPDX-License-Identifier: GPL-2.0-or-later
// One interval from the programs' tables into a trace, read back by the trace's own reader.
#include "collector/record/trace_sink.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/collector/kernel_words.h"
#include "tests/unit/collector/tables_in_memory.h"

namespace socklock::collector {
namespace {

namespace fs = std::filesystem;
using testing::event_of;
using testing::WrittenKernel;

// What is in a trace, blocks of one kind put together.
struct Content {
  trace::v1::Dictionary dictionary;
  trace::EventColumns events;
  std::vector<trace::SummaryRow> summary;
  trace::v1::Interval interval;
};

class TraceSinkTest : public ::testing::Test {
 protected:
  Content written(const std::vector<socklock_event>& events, const Level2Rows& level2 = {}, bool redacted = false) {
    const std::string path = (folder_ / "a.slk").string();
    auto writer = trace::TraceWriter::create(path, true);
    EXPECT_TRUE(writer);
    const Redaction redaction(redacted ? Redacted::kAll : Redacted::kNothing);
    TraceSink sink(*writer, tables_, Facts{facts_, stacks_, cgroups_}, redaction, kStart_ns);
    trace::v1::Interval interval;
    Rollup rollup;
    rollup.roll_up(tables_, 0, events);
    EXPECT_TRUE(sink.write({}, rollup, events, level2, interval));
    EXPECT_TRUE(writer->finish({}));
    EXPECT_EQ(sink.events(), events.size());
    return read(path);
  }

  static Content read(const std::string& path) {
    Content content;
    auto reader = trace::TraceReader::open(path);
    EXPECT_TRUE(reader);
    while (auto block = reader->next()) {
      if (const auto* dictionary = std::get_if<trace::v1::Dictionary>(&block->message))
        content.dictionary.MergeFrom(*dictionary);
      if (const auto* events = std::get_if<trace::v1::Events>(&block->message)) {
        EXPECT_TRUE(trace::decode(*events, content.events));
      }
      if (const auto* interval = std::get_if<trace::v1::Interval>(&block->message)) content.interval = *interval;
    }
    EXPECT_TRUE(trace::decode(content.interval.summary(), content.summary));
    EXPECT_TRUE(reader->damage().empty());
    return content;
  }

  // A stack in the programs' table.
  void put_stack(std::uint32_t slot, std::initializer_list<std::uint64_t> addresses) {
    std::copy(addresses.begin(), addresses.end(), tables_.stacks[slot].address);
    tables_.stacks[slot].frames = static_cast<std::uint32_t>(addresses.size());
  }

  static constexpr std::uint64_t kStart_ns = 1'000'000'000;
  const socklock::testing::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  WrittenKernel kernel_{{0x2000, 0x100, "inet_put_port", ""}, {0x2200, 0x100, "do_syscall_64", ""}};
  Kallsyms symbols_ = kernel_.symbols_of();
  SharedTables tables_ = testing::tables_in_memory(1);
  LockFacts facts_{symbols_, nullptr, std::vector<std::uint32_t>{}};
  Stacks stacks_{symbols_};
  CgroupNames cgroups_;
};

TEST_F(TraceSinkTest, WritesEventsInTheirOrderWithWhatTheyNameInTheDictionary) {
  put_stack(3, {0x2010, 0x2210});
  auto late = event_of(0x5000, kStart_ns + 9'000, 700), early = event_of(0x6000, kStart_ns + 5'000, 300);
  late.key.stack = 3;
  late.key.syscall = 4;
  late.rate_bits = 2;
  late.stack_weight = 63;
  late.cpu = 1;
  const Content content = written({late, early});
  ASSERT_EQ(content.events.size(), 2U);
  EXPECT_EQ(content.events.wait_ns, (std::vector<std::uint64_t>{300, 700}));
  EXPECT_LE(content.events.end_ns[0], content.events.end_ns[1]);
  EXPECT_LE(content.events.end_ns[1], 9'000U) << "from the begin of the recording";
  EXPECT_EQ(content.events.weight[1], 4U);
  EXPECT_EQ(content.events.stack_weight[1], 63U << 2);
  EXPECT_EQ(content.events.syscall[1], 4U);
  EXPECT_EQ(content.events.stack[0], 0U);
  ASSERT_EQ(content.dictionary.stacks_size(), 1);
  EXPECT_EQ(content.events.stack[1], content.dictionary.stacks(0).id());
  ASSERT_EQ(content.dictionary.locks_size(), 2);
  ASSERT_EQ(content.dictionary.threads_size(), 1);
  EXPECT_EQ(content.dictionary.threads(0).comm(), "x");
  EXPECT_EQ(content.dictionary.threads(0).tid(), 11U);
}

TEST_F(TraceSinkTest, TellsThreadsApartByAllThatIsKnownOfThem) {
  std::vector<socklock_event> events;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    auto event = event_of(0x5000, kStart_ns + i, 1);
    event.tid = i % 500;
    event.pid = i % 3;
    event.comm[0] = i % 2 == 0 ? 'a' : 'b';
    events.push_back(event);
  }
  const Content content = written(events);
  ASSERT_EQ(content.dictionary.threads_size(), 1500);
  for (std::size_t i = 0; i < events.size(); ++i) {
    ASSERT_LE(content.events.thread[i], 1500U);
    const auto& thread = content.dictionary.threads(static_cast<int>(content.events.thread[i]) - 1);
    ASSERT_EQ(thread.id(), content.events.thread[i]);
    ASSERT_EQ(thread.tid(), events[i].tid);
    ASSERT_EQ(thread.pid(), events[i].pid);
    ASSERT_EQ(thread.comm(), events[i].comm);
  }
}

TEST_F(TraceSinkTest, SumsAreThoseOfItsEvents) {
  const Content content = written({event_of(0x5000, kStart_ns + 1, 700), event_of(0x5000, kStart_ns + 2, 500),
                                   event_of(0x6000, kStart_ns + 3, 100)});
  ASSERT_EQ(content.summary.size(), 2U);
  std::uint64_t contentions = 0, wait_ns = 0;
  for (const auto& row : content.summary) {
    contentions += row.contentions;
    wait_ns += row.wait_ns;
  }
  EXPECT_EQ(contentions, 3U);
  EXPECT_EQ(wait_ns, 1300U);
}

TEST_F(TraceSinkTest, CountsStacksThatContradictWhatIsKnownWithoutThem) {
  put_stack(3, {0x2010, 0x2210});
  auto agrees = event_of(0x5000, kStart_ns + 1, 1), differs = event_of(0x5000, kStart_ns + 2, 1);
  agrees.key.stack = differs.key.stack = 3;
  agrees.key.syscall = 4;
  differs.key.context = SOCKLOCK_CONTEXT_INTERRUPT;
  const Content content = written({agrees, differs});
  EXPECT_EQ(content.interval.stacks_checked(), 2U);
  EXPECT_EQ(content.interval.stacks_disagreed(), 1U);
}

TEST_F(TraceSinkTest, WritesWhoHeldWhatWasWaitedFor) {
  auto waiter = event_of(0x5000, kStart_ns + 1, 900);
  waiter.key.flags = SOCKLOCK_FLAG_OWNER_WAIT;
  waiter.holder.known = SOCKLOCK_CONTEXT_TASK + 1;
  waiter.holder.syscall = 45;
  Level2Rows level2;
  level2.notes_holders = true;
  const Content content = written({waiter, waiter}, level2);
  const auto holders = trace::decode(content.interval.holders());
  ASSERT_TRUE(holders);
  ASSERT_EQ(holders->size(), 1U);
  EXPECT_EQ(holders->front().waits, 2U);
  EXPECT_EQ(holders->front().wait_ns, 1800U);
  EXPECT_EQ(holders->front().holder_syscall, 45U);
  EXPECT_FALSE(written({waiter}).interval.has_holders()) << "where holders are not looked for";
}

TEST_F(TraceSinkTest, RedactsNamesOfThreadsAndAddresses) {
  const Content content = written({event_of(0x5000, kStart_ns + 1, 1)}, {}, true);
  ASSERT_EQ(content.dictionary.threads_size(), 1);
  EXPECT_TRUE(content.dictionary.threads(0).comm().starts_with("thread-"));
  EXPECT_NE(content.dictionary.locks(0).address(), 0x5000U);
}

}  // namespace
}  // namespace socklock::collector
