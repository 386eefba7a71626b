// SPDX-License-Identifier: GPL-2.0-or-later
// Pieces of a block of events that are compressed each for itself.
#include "proto/plane_cuts.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "proto/rows.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

std::string serialized(std::size_t rows) { return encode(testing::random_events(rows, 1)).SerializeAsString(); }

TEST(PlaneCuts, CoverTheBlockInOrder) {
  const std::string raw = serialized(5000);
  const auto cuts = plane_cuts(raw);
  EXPECT_TRUE(std::is_sorted(cuts.begin(), cuts.end()));
  EXPECT_EQ(std::adjacent_find(cuts.begin(), cuts.end()), cuts.end()) << "an empty piece";
  EXPECT_EQ(cuts.back(), raw.size());
}

TEST(PlaneCuts, EveryPlaneOfAColumnIsAPieceOfItsOwn) {
  EventColumns events = testing::random_events(5000, 2);
  for (std::size_t i = 0; i < events.size(); ++i) events.wait_ns[i] = 0x030201;
  events.wait_ns[0] = 0x040302;  // no constant
  const std::string raw = encode(events).SerializeAsString();
  const auto cuts = plane_cuts(raw);
  for (const char byte : {'\x1', '\x2', '\x3'}) {
    const std::size_t begin = raw.find(std::string(4999, byte));
    ASSERT_NE(begin, std::string::npos) << "plane of " << int{byte};
    EXPECT_TRUE(std::find(cuts.begin(), cuts.end(), begin - 1) != cuts.end()) << "begin of " << int{byte};
    EXPECT_TRUE(std::find(cuts.begin(), cuts.end(), begin + 4999) != cuts.end()) << "end of " << int{byte};
  }
}

TEST(PlaneCuts, AShortBlockIsOnePiece) {
  const std::string raw = serialized(100);
  EXPECT_EQ(plane_cuts(raw), std::vector<std::size_t>{raw.size()});
}

TEST(PlaneCuts, WhatIsNoMessageIsOnePieceAtMost) {
  for (const std::string& raw : {std::string("\x1a\xff\xff\xff\xff"), std::string("\xff"), std::string()})
    EXPECT_EQ(plane_cuts(raw), std::vector<std::size_t>{raw.size()});
}

}  // namespace
}  // namespace socklock::trace
