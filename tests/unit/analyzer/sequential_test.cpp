// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/sequential.h"

#include <gtest/gtest.h>
#include <algorithm>

#include "tests/support/simulated_runs.h"

namespace socklock::analyzer {
namespace {

using socklock::testing::kChurnRuns;
using socklock::testing::Simulator;

constexpr SliceId kEverything{.kind = SliceKind::kAll};

Side first(const Side& side, unsigned runs) { return {side.begin(), side.begin() + runs}; }

// Whether an experiment without any effect gets a verdict that says one, at whichever look.
bool is_false_alarm(const Side& before, const Side& after, const std::vector<Look>& looks) {
  return std::ranges::any_of(looks, [&](const Look& look) {
    const Criteria criteria{look.confidence, 0, 1};
    const Effect effect = estimate(first(before, look.rounds), first(after, look.rounds), Taxonomy::built_in(),
                                   {kEverything, Measure::kWait, WorkUnit::kConnections}, criteria);
    const Verdict verdict = judge(effect, effect.p, criteria);
    return verdict == Verdict::kImproved || verdict == Verdict::kRegressed;
  });
}

TEST(Sequential, LooksSpendTheErrorThatIsAllowedAndNoMore) {
  const auto looks = plan_looks(20, 0.95);
  ASSERT_EQ(looks.size(), 3U);
  EXPECT_EQ(looks[0].rounds, 10U);
  EXPECT_EQ(looks[1].rounds, 15U);
  EXPECT_EQ(looks[2].rounds, 20U);
  double error = 0;
  for (const Look& look : looks) error += 1 - look.confidence;
  EXPECT_NEAR(error, 0.05, 1e-12);
  // Lan and DeMets: 2 - 2 Phi(1.95996 / sqrt(1/2)) = 0.005575.
  EXPECT_NEAR(1 - looks[0].confidence, 0.005575, 1e-5);
}

TEST(Sequential, TooFewRoundsForALookAreLookedAtOnce) {
  const auto looks = plan_looks(4, 0.95);
  ASSERT_EQ(looks.size(), 1U);
  EXPECT_EQ(looks[0].rounds, 4U);
  EXPECT_NEAR(looks[0].confidence, 0.95, 1e-12);
}

// Threshold 0, so that nothing but the significance holds a false verdict back.
TEST(Sequential, PeekingThisWayErrsNoMoreOftenThanOneLook) {
  constexpr unsigned kExperiments = 1000, kRounds = 8;
  const auto looks = plan_looks(kRounds, 0.95);
  std::vector<Look> every;
  for (unsigned rounds = 4; rounds <= kRounds; ++rounds) every.push_back({rounds, 0.95});
  unsigned planned = 0, naive = 0;
  for (unsigned i = 0; i < kExperiments; ++i) {
    Simulator simulator(kChurnRuns, 1000 + i);
    const Side before = simulator.side(kRounds), after = simulator.side(kRounds);
    planned += is_false_alarm(before, after, looks) ? 1U : 0U;
    naive += is_false_alarm(before, after, every) ? 1U : 0U;
  }
  EXPECT_LE(planned, kExperiments * 5 / 100);
  // What the correction is for: looking after every round by 95 % errs more often than that allows.
  EXPECT_GT(naive, kExperiments * 5 / 100);
}

}  // namespace
}  // namespace socklock::analyzer
