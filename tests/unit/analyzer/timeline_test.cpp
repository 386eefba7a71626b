// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/timeline.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include <random>

#include "analyzer/label/load_events.h"
#include "analyzer/measure/filter.h"

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
    wait_ns += events.wait_ns[i] * events.weight[i];
    count += events.weight[i];
  }
  for (const std::size_t columns : {1U, 7U, 100U, 1500U, 5000U, 100'000U}) {
    const TimelineCell all = summed(timeline.picture({0, events.end_ns.back() + 1}, columns));
    EXPECT_EQ(all.wait_ns, wait_ns) << columns;
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
        const std::uint64_t begin = range.begin_ns + column * 100;
        if (events.cpu[i] != cpu || events.end_ns[i] < begin || events.end_ns[i] >= begin + 100) continue;
        expected.wait_ns += events.wait_ns[i] * events.weight[i];
        expected.count += events.weight[i];
      }
      EXPECT_EQ(cells[column * 4 + cpu].wait_ns, expected.wait_ns);
      EXPECT_EQ(cells[column * 4 + cpu].count, expected.count);
    }
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

}  // namespace
}  // namespace socklock::analyzer
