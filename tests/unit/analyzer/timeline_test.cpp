// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/timeline.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

#include "analyzer/label/load_events.h"
#include "analyzer/measure/filter.h"
#include "analyzer/whatif/load_use.h"

namespace socklock::analyzer {
namespace {

EventTable made_events(std::size_t count) {
  EventTable events;
  LabelledRun kinds;
  kinds.run.waits.keys.resize(1);
  kinds.labels.resize(1);
  events.kinds = std::make_shared<const LabelledRun>(std::move(kinds));
  std::mt19937_64 random(7);
  std::uint64_t at_ns = 0;
  for (std::size_t i = 0; i < count; ++i) {
    at_ns += random() % 1000;
    events.end_ns.push_back(at_ns);
    events.wait_ns.push_back(random() % 500);
    events.weight.push_back(1 + static_cast<std::uint32_t>(random() % 3));
    events.kind.push_back(0);
    events.cpu.push_back(static_cast<std::uint16_t>(random() % 4));
    events.thread.push_back(kNoThread);
  }
  return events;
}

TimelineCell summed(const std::vector<TimelineCell>& cells) {
  TimelineCell sum;
  for (const TimelineCell& cell : cells) {
    sum.wait_ns += cell.wait_ns;
    sum.count += cell.count;
  }
  return sum;
}

TEST(Timeline, a_picture_of_everything_holds_every_wait_at_any_width) {
  const EventTable events = made_events(100'000);
  const Timeline timeline(events, 4, [&events](std::size_t event) { return events.cpu[event]; });
  std::uint64_t wait_ns = 0, count = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    wait_ns += std::min(events.wait_ns[i], events.end_ns[i]) * events.weight[i];  // the recording begins at 0
    count += events.weight[i];
  }
  for (const std::size_t columns : {1U, 7U, 100U, 1500U, 5000U, 100'000U}) {
    const TimelineCell all = summed(timeline.picture({0, events.end_ns.back() + 1}, columns));
    EXPECT_NEAR(all.wait_ns, static_cast<double>(wait_ns), 1e-4 * static_cast<double>(wait_ns))
        << columns;  // but what of the last bin is beyond
    EXPECT_EQ(all.count, count) << columns;
  }
}

TEST(Timeline, close_up_columns_hold_exactly_their_own_waits) {
  const EventTable events = made_events(20'000);
  const Timeline timeline(events, 4, [&events](std::size_t event) { return events.cpu[event]; });
  const TimeRange range{events.end_ns[5000], events.end_ns[5000] + 4000};
  const auto cells = timeline.picture(range, 40);
  for (std::size_t column = 0; column < 40; ++column)
    for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
      TimelineCell expected;
      for (std::size_t i = 0; i < events.size(); ++i) {
        const std::uint64_t begin = range.begin_ns + column * 100, end = begin + 100;
        const std::uint64_t ended = events.end_ns[i], began = ended - std::min(ended, events.wait_ns[i]);
        if (events.cpu[i] != cpu || ended < begin || began >= end) continue;
        expected.wait_ns += static_cast<double>((std::min(ended, end) - std::max(began, begin)) * events.weight[i]);
        if (ended < end) expected.count += events.weight[i];
      }
      EXPECT_NEAR(cells[column * 4 + cpu].wait_ns, expected.wait_ns, 1e-6);
      EXPECT_EQ(cells[column * 4 + cpu].count, expected.count);
    }
}

// Each of 16 threads waits, runs and waits again: never more than 16 wait, however close one looks.
TEST(Timeline, waiters_at_a_time_never_exceed_the_threads_at_any_zoom) {
  constexpr std::uint32_t kThreads = 16;
  std::mt19937_64 random(11);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> waits;  // end, length
  for (std::uint32_t thread = 0; thread < kThreads; ++thread)
    for (std::uint64_t at_ns = random() % 1000; at_ns < 50'000'000;) {
      const std::uint64_t wait_ns = random() % 20 == 0 ? random() % 5'000'000 : random() % 3000;
      waits.emplace_back(at_ns + wait_ns, wait_ns);
      at_ns += wait_ns + random() % 2000;
    }
  std::sort(waits.begin(), waits.end());
  LabelledRun kinds;
  kinds.run.waits.keys.resize(1);
  kinds.labels.resize(1);
  EventTable events;
  events.kinds = std::make_shared<const LabelledRun>(std::move(kinds));
  for (const auto& [end_ns, wait_ns] : waits) {
    events.end_ns.push_back(end_ns);
    events.wait_ns.push_back(wait_ns);
    events.weight.push_back(1);
    events.kind.push_back(0);
    events.cpu.push_back(0);
    events.thread.push_back(kNoThread);
  }
  const Timeline timeline(events, 1, [](std::size_t) { return 0U; });
  double largest = 0;
  for (const std::uint64_t span_ns : {50'000'000U, 3'333'333U, 100'000U, 1000U, 100U})
    for (const std::uint64_t begin_ns : {0U, 1'234'567U, 20'000'001U})
      for (const TimelineCell& cell : timeline.picture({begin_ns, begin_ns + span_ns}, 1280)) {
        const double waiters = mean_waiters(cell, static_cast<double>(span_ns) / 1280);
        largest = std::max(largest, waiters);
        ASSERT_LE(waiters, kThreads * (1 + 1e-9)) << span_ns << " ns from " << begin_ns;
      }
  EXPECT_GT(largest, kThreads / 2.0);
}

TEST(Timeline, finds_every_wait_that_was_under_way) {
  const EventTable events = made_events(3000);
  const OverlapIndex overlaps(events);
  const TimeRange range{events.end_ns[1000], events.end_ns[1000] + 700};
  std::vector<std::size_t> expected, found;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events.end_ns[i] >= range.begin_ns &&
        events.end_ns[i] - std::min(events.end_ns[i], events.wait_ns[i]) < range.end_ns)
      expected.push_back(i);
  overlaps.for_each(range, 0, [&found](std::size_t event) { found.push_back(event); });
  EXPECT_EQ(found, expected);
  found.clear();
  overlaps.for_each(range, events.size() - 5, [&found](std::size_t event) { found.push_back(event); });
  EXPECT_TRUE(found.empty());
}

TEST(Timeline, leaves_out_what_belongs_to_no_group_and_bears_nothing_at_all) {
  const EventTable events = made_events(1000);
  const Timeline none(events, 2, [](std::size_t) { return Timeline::kLeftOut; });
  EXPECT_EQ(summed(none.picture({0, events.end_ns.back() + 1}, 10)).count, 0U);
  const EventTable empty;
  const Timeline timeline(empty, 0, [](std::size_t) { return 0U; });
  EXPECT_EQ(timeline.picture({0, 100}, 10).size(), 10U);
  EXPECT_TRUE(timeline.picture({5, 5}, 0).empty());
}

TEST(Timeline, knows_single_waits_of_a_real_recording) {
  const auto events = load_events("examples/listener-per-thread/before-1.slk", Taxonomy::built_in());
  ASSERT_TRUE(events);
  const auto run = load_run("examples/listener-per-thread/before-1.slk", RowSource::kEvents);
  ASSERT_TRUE(run);
  EXPECT_EQ(events->size(), run->events);
  Filter filter;
  filter.lock_class = "tcp.listen_sock.owner";
  const auto meeting = events_meeting(*events, Taxonomy::built_in(), filter);
  EXPECT_GT(meeting.size(), 0U);
  EXPECT_LT(meeting.size(), events->size());
  std::uint64_t of_events = 0, of_rows = 0;
  for (const std::uint32_t event : meeting) of_events += events->wait_ns[event] * events->weight[event];
  const LabelledRun part = filtered(label(*run, Taxonomy::built_in()), Taxonomy::built_in(), filter);
  for (const WaitSums& sums : part.run.waits.sums) of_rows += sums.wait_ns;
  EXPECT_EQ(of_events, of_rows);
  EXPECT_FALSE(load_events("examples/README.md", Taxonomy::built_in()));
}

// A reader with a budget reads no more single waits than that holds (proto/trace_reader.h), and what-if, which reads
// traces again for them, reads them with the budget of the command line.
TEST(EventTable, unpacks_no_more_than_it_may) {
  const char* const path = "examples/listener-per-thread/before-1.slk";
  const auto all = load_events(path, Taxonomy::built_in());
  const auto some = load_events(path, Taxonomy::built_in(), {.budget_bytes = 32 * 100});
  ASSERT_TRUE(all && some);
  EXPECT_LT(some->size(), all->size());
  auto run = load_run(path, LoadOptions{.budget_bytes = std::uint64_t{1} << 30});
  ASSERT_TRUE(run);
  std::vector<LabelledRun> runs{label(*std::move(run), Taxonomy::built_in())};
  const auto singles = [&runs](std::uint64_t budget_bytes) {
    runs.front().run.budget_bytes = budget_bytes;
    const auto uses = load_use_in(runs, Taxonomy::built_in(), {}, WorkUnit::kSeconds);
    EXPECT_TRUE(uses);
    std::uint64_t waits = 0;
    for (const ClassUse& use : uses->front().classes) waits += use.single.waits;
    return waits;
  };
  const std::uint64_t whole = singles(std::uint64_t{1} << 30);
  EXPECT_GT(whole, 0U);
  EXPECT_LT(singles(32 * 100), whole);
}

TEST(EventTable, keeps_waits_of_any_length_and_weights_of_any_size) {
  WaitColumn waits;
  WeightColumn weights;
  const std::vector<std::uint64_t> long_and_short{1, UINT32_MAX - 1, UINT32_MAX, std::uint64_t{1} << 40, 0, UINT64_MAX};
  for (std::size_t i = 0; i < long_and_short.size(); ++i) {
    waits.push_back(long_and_short[i]);
    EXPECT_TRUE(weights.are_all_1());
    weights.push_back(1);
  }
  weights.push_back(UINT32_MAX);
  weights.push_back(1);
  ASSERT_EQ(waits.size(), long_and_short.size());
  for (std::size_t i = 0; i < long_and_short.size(); ++i) {
    EXPECT_EQ(waits[i], long_and_short[i]);
    EXPECT_EQ(weights[i], 1U);
  }
  EXPECT_FALSE(weights.are_all_1());
  EXPECT_EQ(weights[long_and_short.size()], UINT32_MAX);
  EXPECT_EQ(weights[long_and_short.size() + 1], 1U);
  EXPECT_EQ(weights.size(), long_and_short.size() + 2);
}

}  // namespace
}  // namespace socklock::analyzer
