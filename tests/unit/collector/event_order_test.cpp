// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/event_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/collector/tables_in_memory.h"

namespace socklock::collector {
namespace {

using testing::event_of;

void expect_sorted(const std::vector<std::uint64_t>& ends) {
  std::vector<socklock_event> events;
  for (const std::uint64_t end_ns : ends) events.push_back(event_of(1, end_ns, 1));
  EventOrder order;
  order.sort(std::vector<socklock_event>(3, event_of(1, 5, 1)));  // what it held before must not shine through
  order.sort(events);
  ASSERT_EQ(order.by_end().size(), ends.size());
  std::vector<bool> seen(ends.size());
  for (const auto& ended : order.by_end()) {
    EXPECT_EQ(ended.end_ns, ends[ended.event]);
    seen[ended.event] = true;
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<std::ptrdiff_t>(ends.size()));
  EXPECT_TRUE(std::is_sorted(order.by_end().begin(), order.by_end().end())) << "those that ended at once as they came";
}

TEST(EventOrder, NoneAndOne) {
  expect_sorted({});
  expect_sorted({7});
}

TEST(EventOrder, StretchesOfAnyNumber) {
  for (std::size_t stretches = 1; stretches <= 9; ++stretches) {
    std::vector<std::uint64_t> ends;
    for (std::size_t i = 0; i < stretches; ++i)
      for (std::uint64_t j = 0; j < 20 + i; ++j) ends.push_back(1000 * (i / 2) + 3 * j + i % 2);
    expect_sorted(ends);
  }
}

TEST(EventOrder, NoOrderAtAll) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> ends(1000);
  for (auto& end : ends) end = random() % 500;
  expect_sorted(ends);
  std::sort(ends.rbegin(), ends.rend());
  expect_sorted(ends);
}

}  // namespace
}  // namespace socklock::collector
