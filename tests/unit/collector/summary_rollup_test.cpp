// SPDX-License-Identifier: GPL-2.0-or-later
// What programs leave in their tables, laid down here as they do, comes out as sums and events: once, and whole.
#include "collector/record/summary_rollup.h"

#include <gtest/gtest.h>

#include <map>

#include "base/wait_buckets.h"
#include "collector/record/event_drain.h"
#include "tests/unit/collector/tables_in_memory.h"

namespace socklock::collector {
namespace {

using testing::event_of;
using testing::tables_in_memory;

class SummaryRollup : public ::testing::Test {
 protected:
  // A wait without an event, as summary.bpf.h adds it to a slot.
  void add(std::uint32_t cpu, std::uint32_t half, std::size_t slot, std::uint64_t lock, std::uint64_t wait_ns) {
    const auto& sizes = tables_.sizes;
    const std::size_t slots = (std::size_t{1} << sizes.summary_bits) + SOCKLOCK_SPILL_SLOTS;
    auto& sums = tables_.summary[(std::size_t{half} * sizes.cpus + cpu) * slots + slot];
    if (sums.contentions++ == 0) sums.wait_min_ns = UINT64_MAX;
    sums.key.lock = lock;
    sums.wait_ns += wait_ns;
    sums.wait_min_ns = std::min<std::uint64_t>(sums.wait_min_ns, wait_ns);
    sums.wait_max_ns = std::max<std::uint64_t>(sums.wait_max_ns, wait_ns);
    const std::size_t first = (std::size_t{half} * sizes.cpus + cpu) << sizes.cell_bits;
    const auto key = static_cast<std::uint32_t>(slot << SOCKLOCK_CELL_BUCKET_BITS | socklock_wait_bucket(wait_ns)) + 1;
    std::size_t cell = first;
    while (tables_.cells[cell].key != 0 && tables_.cells[cell].key != key) ++cell;
    tables_.cells[cell].key = key;
    tables_.cells[cell].count++;
    tables_.cpus[cpu].has_sums[half] = 1;
  }
  static std::uint64_t counted(const RollupRow& row) {
    std::uint64_t sum = 0;
    for (const auto& cell : row.cells) sum += cell.count;
    return sum;
  }

  const std::vector<RollupRow>& roll_up(std::uint32_t half, const std::vector<socklock_event>& events) {
    rollup_.roll_up(tables_, half, events);
    return rollup_.rows();
  }

  SharedTables tables_ = tables_in_memory(2);
  Rollup rollup_;
};

TEST_F(SummaryRollup, AddsUpAKeyOverCpusAndEvents) {
  add(0, 1, 3, 0xabc, 1000);
  add(0, 1, 3, 0xabc, 3000);
  add(1, 1, 5, 0xabc, 500);
  auto event = event_of(0xabc, 1, 7000);
  event.key.flags = 0;
  const auto rows = roll_up(1, std::vector{event});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].sums.key.lock, 0xabcU);
  EXPECT_EQ(rows[0].sums.contentions, 4U);
  EXPECT_EQ(rows[0].sums.wait_ns, 11500U);
  EXPECT_EQ(rows[0].sums.wait_min_ns, 500U);
  EXPECT_EQ(rows[0].sums.wait_max_ns, 7000U);
  EXPECT_EQ(counted(rows[0]), 4U);
  EXPECT_TRUE(std::is_sorted(rows[0].cells.begin(), rows[0].cells.end(),
                             [](const auto& a, const auto& b) { return a.bucket < b.bucket; }));
}

TEST_F(SummaryRollup, KeepsEveryPartOfTheKeyApart) {
  std::vector<socklock_event> events(6, event_of(1, 1, 10));
  events[1].key.lock = 2;
  events[2].key.stack = 1;
  events[3].key.syscall = 1;
  events[4].key.context = SOCKLOCK_CONTEXT_INTERRUPT;
  events[5].key.flags = SOCKLOCK_FLAG_OWNER_WAIT;
  EXPECT_EQ(roll_up(0, events).size(), events.size());
}

TEST_F(SummaryRollup, SaysOfEachEventWhichRowItIsIn) {
  constexpr std::size_t kRows = 1000;
  std::vector<socklock_event> events;
  for (std::size_t i = 0; i < 3 * kRows; ++i) events.push_back(event_of(0x1000 + i % kRows * 64, i, 10));
  for (int interval = 0; interval < 2; ++interval) {
    const auto& rows = roll_up(0, events);
    ASSERT_EQ(rows.size(), kRows);
    ASSERT_EQ(rollup_.row_of_event().size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i)
      ASSERT_EQ(rows[rollup_.row_of_event()[i]].sums.key.lock, events[i].key.lock);
    for (const auto& row : rows) ASSERT_EQ(row.sums.contentions, 3U);
  }
  EXPECT_EQ(roll_up(0, {events[7]}).size(), 1U) << "what the interval before had is gone";
}

TEST_F(SummaryRollup, HasTheHistogramOfFewWaitsAndOfMany) {
  for (const std::size_t waits : {2U, 5U, 24U, 25U, 500U}) {
    std::vector<socklock_event> events;
    std::map<std::uint32_t, std::uint32_t> expected;
    for (std::size_t i = 0; i < waits; ++i) {
      events.push_back(event_of(1, i, (i * 7919) % 5003));
      events.push_back(event_of(2, i, 100));  // between the others
      events[2 * i].key.flags = 0;
      ++expected[socklock_wait_bucket(events[2 * i].wait_ns)];
    }
    add(1, 0, 4, 1, 50);
    ++expected[socklock_wait_bucket(50)];
    const auto& rows = roll_up(0, events);
    ASSERT_EQ(rows.size(), 2U);
    const auto& row = rows[rollup_.row_of_event()[0]];
    std::map<std::uint32_t, std::uint32_t> counts;
    for (const auto& cell : row.cells) counts[cell.bucket] = cell.count;
    EXPECT_EQ(counts, expected) << waits;
    EXPECT_EQ(row.cells.size(), expected.size()) << "each bucket once";
    EXPECT_TRUE(std::is_sorted(row.cells.begin(), row.cells.end(),
                               [](const auto& a, const auto& b) { return a.bucket < b.bucket; }));
  }
}

TEST_F(SummaryRollup, EmptiesWhatItReadAndLeavesTheOtherHalf) {
  add(0, 0, 1, 1, 10);
  add(0, 1, 2, 2, 20);
  ASSERT_EQ(roll_up(0, {}).size(), 1U);
  EXPECT_TRUE(roll_up(0, {}).empty());
  const auto other = roll_up(1, {});
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(other[0].sums.key.lock, 2U);
}

TEST_F(SummaryRollup, CountsWaitsThatGaveUpAndWhatAStackStandsFor) {
  auto event = event_of(1, 1, 100);
  event.error = 4;
  event.stack_weight = 63;
  const auto rows = roll_up(0, std::vector{event, event});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].sums.gave_up, 2U);
  EXPECT_EQ(rows[0].sums.sampled, 2U);
  EXPECT_EQ(rows[0].sums.stack_weight, 126U);
  EXPECT_EQ(rows[0].sums.weighted_wait_ns, 12600U);
}

TEST_F(SummaryRollup, IgnoresACellWhoseSlotIsEmpty) {
  tables_.cells[0].key = (7U << SOCKLOCK_CELL_BUCKET_BITS) + 1;
  tables_.cells[0].count = 9;
  tables_.cpus[0].has_sums[0] = 1;
  EXPECT_TRUE(roll_up(0, {}).empty());
  EXPECT_EQ(tables_.cells[0].key, 0U);
}

TEST_F(SummaryRollup, DrainsEachRingOnceAlsoAcrossItsEnd) {
  const std::size_t ring = std::size_t{1} << tables_.sizes.ring_bits;
  for (std::uint64_t i = ring - 2; i < ring + 3; ++i) tables_.events[i % ring].end_ns = i;
  tables_.cpus[0].ring_tail = ring - 2;
  tables_.cpus[0].ring_head = ring + 3;
  tables_.events[ring].end_ns = 1000;  // the other CPU's first
  tables_.cpus[1].ring_head = 1;
  std::vector<socklock_event> events;
  EXPECT_EQ(drain_rings(tables_, events), 5U) << "of the fullest ring";
  ASSERT_EQ(events.size(), 6U);
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(events[i].end_ns, ring - 2 + i);
  EXPECT_EQ(events[5].end_ns, 1000U);
  EXPECT_EQ(drain_rings(tables_, events), 0U);
  EXPECT_EQ(events.size(), 6U);
}

TEST(RestOfRings, LeavesRoomForManyTimesAsMany) {
  constexpr std::uint64_t kMs = 1'000'000;
  EXPECT_EQ(rest_of_rings(250 * kMs, 0, 14), 250 * kMs);
  EXPECT_EQ(rest_of_rings(250 * kMs, 512, 14), 250 * kMs);
  EXPECT_EQ(rest_of_rings(250 * kMs, 1024, 14), 125 * kMs);
  EXPECT_EQ(rest_of_rings(50 * kMs, 16384, 14), 50 * kMs);
  EXPECT_EQ(rest_of_rings(50 * kMs, 0, 12), 50 * kMs) << "a short ring fills at once";
}

TEST_F(SummaryRollup, CountsOpenWaitsWhereverTheyAre) {
  EXPECT_EQ(tables_.open_waits(), 0U);
  tables_.cpus[1].spin[2].key.lock = 1;
  tables_.cpus[0].spin[0].key.lock = 1;
  tables_.cpus[0].pending[4].state = 2;
  tables_.task_slots[5].task = 1;
  EXPECT_EQ(tables_.open_waits(), 4U);
  tables_.cpus[0].counters[SOCKLOCK_BEGINS] = 3;
  tables_.cpus[1].counters[SOCKLOCK_BEGINS] = 4;
  EXPECT_EQ(tables_.counter(SOCKLOCK_BEGINS), 7U);
}

TEST(TableSizes, ShareTheMemoryAndKeepWhatABusyCpuNeeds) {
  for (const std::uint32_t cpus : {1U, 2U, 64U, 512U}) {
    const auto sizes = table_sizes(cpus, 24U << 20);
    EXPECT_EQ(sizes.cpus, cpus);
    EXPECT_GE(sizes.ring_bits, 8U);
    EXPECT_GE(sizes.summary_bits, 7U);
    EXPECT_EQ(sizes.cell_bits, sizes.summary_bits + 1);
    if (cpus > 64) continue;
    EXPECT_LE((std::uint64_t{cpus} << sizes.ring_bits) * sizeof(socklock_event), 6U << 20);
  }
  EXPECT_GT(table_sizes(2, 256U << 20).stack_bits, table_sizes(2, 4U << 20).stack_bits);
}

}  // namespace
}  // namespace socklock::collector
