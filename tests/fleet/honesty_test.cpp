// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts over hosts are false as seldom as they say, and intervals cover as often: the bars of the fleet's design.
#include <gtest/gtest.h>

#include <cmath>

#include "analyzer/compare/difference_in_differences.h"
#include "tests/fleet/fleet_simulation.h"

namespace socklock::fleet {
namespace {

using analyzer::DidEffect;
using analyzer::DidMethod;
using analyzer::HostChange;

struct Size {
  unsigned canaries, controls, fleets;
};
constexpr Size kSizes[] = {{3, 3, 2000},   {5, 50, 2000},  {10, 10, 2000},
                           {10, 90, 1500}, {30, 30, 1500}, {100, 900, 300}};

TEST(FleetHonesty, FalseVerdictsAndCoverage) {
  for (const Size& size : kSizes)
    for (const double own : {0.1, 0.3}) {
      const Honesty nothing =
          simulate({.canaries = size.canaries, .controls = size.controls, .own_change = own, .fleets = size.fleets});
      SCOPED_TRACE(std::to_string(size.canaries) + "+" + std::to_string(size.controls) + " sd " + std::to_string(own));
      EXPECT_LE(nothing.by_both, 0.07);
      EXPECT_NEAR(nothing.coverage, 0.95, 0.02);
      RecordProperty("false", std::to_string(nothing.by_both));
    }
}

TEST(FleetHonesty, CoversWhatIsThere) {
  for (const Size& size : {Size{5, 50, 1000}, Size{10, 90, 1000}, Size{30, 30, 1000}}) {
    const Honesty fifth = simulate({.canaries = size.canaries,
                                    .controls = size.controls,
                                    .own_change = 0.1,
                                    .effect = 0.8,
                                    .fleets = size.fleets,
                                    .seed = 5});
    SCOPED_TRACE(std::to_string(size.canaries) + "+" + std::to_string(size.controls));
    EXPECT_NEAR(fifth.coverage, 0.95, 0.02);
    EXPECT_NEAR(fifth.mean_ratio, 0.8, 0.03);
  }
  // A large change is found, also by few hosts.
  EXPECT_GE(simulate({.canaries = 10, .controls = 90, .effect = 0.3, .fleets = 300}).by_both, 0.95);
}

// 3 and 3 can never be decided: no permutation is rarer than one of ten.
TEST(FleetHonesty, ThreeAndThreeAreNeverDecided) {
  EXPECT_EQ(simulate({.canaries = 3, .controls = 3, .effect = 0.1, .fleets = 200}).by_both, 0);
  EXPECT_NEAR(analyzer::least_permutation_p(3, 3), 0.1, 1e-12);
  EXPECT_NEAR(analyzer::least_permutation_p(1, 39), 0.025, 1e-12);
  EXPECT_EQ(analyzer::canaries_for(3, 0.05), 3U + 1);
  EXPECT_EQ(analyzer::canaries_for(39, 0.05), 1U);
}

TEST(FleetHonesty, OneCanary) {
  const Honesty nothing = simulate({.canaries = 1, .controls = 60, .fleets = 2000});
  EXPECT_LE(nothing.by_both, 0.07);
  EXPECT_NEAR(nothing.coverage, 0.95, 0.02);
}

// Hosts that hardly wait: a bound instead of an interval, which covers, and no verdict of nothing.
TEST(FleetHonesty, HostsWithoutWaits) {
  const Honesty nothing = simulate({.canaries = 20, .controls = 80, .fleets = 500, .idle = 1});
  EXPECT_LE(nothing.by_both, 0.07);
  EXPECT_GE(nothing.coverage, 0.93);
}

TEST(Did, KnownFigures) {
  // Canaries halve, controls double: a quarter, without any spread.
  std::vector<HostChange> hosts;
  for (int i = 0; i < 8; ++i) {
    const double level = 1e6 * (i + 1), change = i < 4 ? 0.5 : 2;
    hosts.push_back({"h" + std::to_string(i), i < 4, {level, 1e6, 1}, {level * change, 1e6, 1}});
  }
  const DidEffect effect = analyzer::difference_in_differences(hosts, {});
  EXPECT_EQ(effect.method, DidMethod::kHosts);
  EXPECT_NEAR(*effect.ratio, 0.25, 1e-4);
  EXPECT_NEAR(*effect.canary_ratio, 0.5, 1e-4);
  EXPECT_NEAR(*effect.control_ratio, 2, 1e-4);
  EXPECT_NEAR(*effect.p, 2.0 / 70, 1e-9);
  // The work's change is no wait's change.
  for (HostChange& host : hosts) host.after.work = 10;
  EXPECT_NEAR(*analyzer::difference_in_differences(hosts, {}).ratio, 0.25, 1e-4);
}

TEST(Did, UnitsOfReplicationAreSummed) {
  std::vector<HostChange> hosts;
  for (int i = 0; i < 40; ++i) {
    const bool is_canary = i % 2 == 0;
    hosts.push_back({"rack" + std::to_string(i % 8), is_canary, {1e6 + i, 1000, 1}, {2e6 + 3 * i, 1000, 1}});
  }
  const DidEffect effect = analyzer::difference_in_differences(hosts, {});
  EXPECT_EQ(effect.canaries, 4U);
  EXPECT_EQ(effect.controls, 4U);
}

TEST(Did, NothingToCompare) {
  EXPECT_EQ(analyzer::difference_in_differences({}, {}).method, DidMethod::kNotEnough);
  std::vector<HostChange> hosts{{"a", true, {1, 1, 1}, {1, 1, 1}}, {"b", false, {1, 1, 1}, {1, 1, 1}}};
  EXPECT_EQ(analyzer::difference_in_differences(hosts, {}).method, DidMethod::kNotEnough);
  for (int i = 0; i < 5; ++i) hosts.push_back({"c" + std::to_string(i), false, {0, 0, 1}, {0, 0, 1}});
  for (HostChange& host : hosts)
    host.before.wait_ns = host.after.wait_ns = host.before.contentions = host.after.contentions = 0;
  EXPECT_EQ(analyzer::difference_in_differences(hosts, {}).method, DidMethod::kNotEnough);
}

// The last wait went away on every canary: the interval is a bound, and the verdict can be had.
TEST(Did, GoneOnEveryCanary) {
  std::vector<HostChange> hosts;
  for (int i = 0; i < 100; ++i) {
    const bool is_canary = i < 10;  // few of all: what counts is the share of their own group
    const double waits = 200 + i;
    hosts.push_back({"h" + std::to_string(i),
                     is_canary,
                     {1e4 * waits, waits, 100},
                     is_canary ? analyzer::HostWait{0, 0, 100} : analyzer::HostWait{1e4 * waits, waits, 100}});
  }
  const DidEffect effect = analyzer::difference_in_differences(hosts, {});
  EXPECT_EQ(effect.method, DidMethod::kRare);
  ASSERT_TRUE(effect.high);
  EXPECT_LT(*effect.high, 0.05);
  EXPECT_LE(*effect.p, 0.001);
}

}  // namespace
}  // namespace socklock::fleet
