// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/moved.h"

#include <gtest/gtest.h>

namespace socklock::analyzer {
namespace {

const Taxonomy& taxonomy() {
  static const Taxonomy made = [] {
    Taxonomy classes;
    classes.classes = {{"unclassified", Role::kOther},   {"tcp.bhash", Role::kBindTable},
                       {"tcp.bhash2", Role::kBindTable}, {"udp.bhash", Role::kBindTable},
                       {"tcbinfo", Role::kBindTable},    {"tcp.sock", Role::kSocket}};
    return classes;
  }();
  return made;
}

ClassId named(const char* name) { return *taxonomy().class_named(name); }

struct Given {
  const char* name;
  double before_ns;
  double after_ns;
  Trend trend;
};

std::vector<MovedWait> judged(const std::vector<Given>& given) {
  std::vector<MovedWait> moved;
  std::vector<Trend> trends;
  for (const Given& one : given) {
    MovedWait& part = moved.emplace_back();
    part.lock_class = named(one.name);
    part.before_ns = one.before_ns;
    part.after_ns = one.after_ns;
    trends.push_back(one.trend);
  }
  find_fates(moved, trends, taxonomy());
  return moved;
}

TEST(Moved, ASplitTableIsMatchedWithBothOfItsParts) {
  const auto moved = judged(
      {{"tcbinfo", 900, 0, Trend::kGone}, {"tcp.bhash", 0, 300, Trend::kNew}, {"tcp.bhash2", 0, 500, Trend::kNew}});
  EXPECT_EQ(moved[0].fate, Fate::kMoved);
  EXPECT_EQ(moved[0].counterparts, (std::vector{named("tcp.bhash2"), named("tcp.bhash")}));
  EXPECT_EQ(moved[1].fate, Fate::kTookOver);
  EXPECT_EQ(moved[1].counterparts, std::vector{named("tcbinfo")});
}

// 16 ms that rose can't be where 31 ms and another 20 ms went.
TEST(Moved, WhatExplainedOneFallIsUsedUp) {
  const auto moved = judged(
      {{"tcp.bhash", 31, 0, Trend::kGone}, {"tcp.bhash2", 20, 0, Trend::kGone}, {"tcbinfo", 0, 16, Trend::kNew}});
  EXPECT_EQ(moved[0].fate, Fate::kMoved);
  EXPECT_EQ(moved[0].moved_ns, 16);
  EXPECT_EQ(moved[1].fate, Fate::kGone);
  EXPECT_TRUE(moved[1].counterparts.empty());
  EXPECT_EQ(moved[2].counterparts, std::vector{named("tcp.bhash")});
}

TEST(Moved, WhatVanishesWithoutCounterpartIsGone) {
  // Another role rose; another family fell.
  const auto moved = judged(
      {{"tcp.bhash", 900, 0, Trend::kGone}, {"tcp.sock", 0, 900, Trend::kNew}, {"udp.bhash", 10, 100, Trend::kRose}});
  EXPECT_EQ(moved[0].fate, Fate::kGone);
  EXPECT_EQ(moved[1].fate, Fate::kNew);
  EXPECT_EQ(moved[2].fate, Fate::kRose);
}

TEST(Moved, ATrickleIsNoPlaceThatAFloodWentTo) {
  const auto moved = judged({{"tcp.bhash", 900, 0, Trend::kGone}, {"tcp.bhash2", 0, 3, Trend::kNew}});
  EXPECT_EQ(moved[0].fate, Fate::kGone);
  EXPECT_EQ(moved[1].fate, Fate::kTookOver);
}

TEST(Moved, NetChangeIsWhatRoseLessWhatFell) {
  const auto moved = judged({{"tcp.bhash", 900, 100, Trend::kFell}, {"tcp.sock", 50, 350, Trend::kRose}});
  const NetChange net = net_change(moved);
  EXPECT_EQ(net.fell_ns, 800);
  EXPECT_EQ(net.rose_ns, 300);
  EXPECT_EQ(net.net_ns, -500);
  EXPECT_EQ(net.moved_ns, 300);
}

}  // namespace
}  // namespace socklock::analyzer
