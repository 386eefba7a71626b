// SPDX-License-Identifier: GPL-2.0-or-later
#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "proto/loss_counters.h"
#include "proto/work_counters.h"

namespace socklock::trace {
namespace {

TEST(Counters, EveryLossHasAnIdOfItsOwnANameAndASentence) {
  std::set<std::string_view> names;
  std::uint32_t id = 0;
  for (const auto& loss : loss_table()) {
    EXPECT_GT(static_cast<std::uint32_t>(loss.reason), id);  // some are reserved
    id = static_cast<std::uint32_t>(loss.reason);
    EXPECT_EQ(find_loss(id), &loss);
    EXPECT_TRUE(names.insert(loss.name).second) << loss.name;
    EXPECT_FALSE(loss.sentence.empty()) << loss.name;
  }
  EXPECT_EQ(find_loss(0), nullptr);
  EXPECT_EQ(find_loss(id + 1), nullptr);
}

TEST(Counters, EveryWorkCounterHasAnIdOfItsOwnANameAndAUnit) {
  std::set<std::string_view> names;
  std::uint32_t id = 0;
  for (const auto& work : work_table()) {
    EXPECT_EQ(static_cast<std::uint32_t>(work.counter), ++id);
    EXPECT_EQ(find_work(id), &work);
    EXPECT_TRUE(names.insert(work.name).second) << work.name;
    EXPECT_FALSE(work.unit.empty()) << work.name;
  }
  EXPECT_EQ(find_work(0), nullptr);
  EXPECT_EQ(find_work(id + 1), nullptr);
}

}  // namespace
}  // namespace socklock::trace
