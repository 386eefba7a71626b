// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace socklock::analyzer {
namespace {

using Values = std::vector<double>;

TEST(PermutationP, ExactValuesOfCompleteSeparation) {
  // 2 of the C(6,3) = 20 ways to deal are as extreme; of C(8,4) = 70; of C(12,6) = 924.
  EXPECT_DOUBLE_EQ(permutation_p(Values{1, 2, 3}, Values{7, 8, 9}, 1), 0.1);
  EXPECT_DOUBLE_EQ(permutation_p(Values{1, 2, 3, 4}, Values{7, 8, 9, 10}, 1), 2.0 / 70);
  EXPECT_DOUBLE_EQ(permutation_p(Values{1, 2, 3, 4, 5, 6}, Values{17, 18, 19, 20, 21, 22}, 1), 2.0 / 924);
}

TEST(PermutationP, EqualSidesAreNoEvidence) {
  EXPECT_DOUBLE_EQ(permutation_p(Values{5, 5, 5}, Values{5, 5, 5}, 1), 1);
  EXPECT_GT(permutation_p(Values{1, 2, 3, 4}, Values{1.1, 2.1, 2.9, 3.9}, 1), 0.8);
}

TEST(PermutationP, ManyRunsAreSampledAndStillSmall) {
  Values before, after;
  for (int i = 0; i < 15; ++i) {
    before.push_back(100 + i);
    after.push_back(200 + i);
  }
  EXPECT_LT(permutation_p(before, after, 1), 1e-4);
  EXPECT_GT(permutation_p(before, after, 1), 0);
}

TEST(RatioOfMeans, TheRatioItselfIsInside) {
  const auto interval = ratio_of_means(Values{10, 11, 9, 10}, Values{5, 5.5, 4.5, 5}, 0.95);
  EXPECT_DOUBLE_EQ(interval.ratio, 0.5);
  EXPECT_LT(interval.low, 0.5);
  EXPECT_GT(interval.high, 0.5);
  EXPECT_GT(interval.low, 0.4);
  EXPECT_LT(interval.high, 0.6);
}

TEST(RatioOfMeans, MoreConfidenceIsWider) {
  const Values before{10, 12, 9, 11}, after{8, 9, 7, 8};
  const auto narrow = ratio_of_means(before, after, 0.8), wide = ratio_of_means(before, after, 0.99);
  EXPECT_LT(wide.low, narrow.low);
  EXPECT_GT(wide.high, narrow.high);
}

double coverage(std::size_t runs, double spread_before, double spread_after, double confidence) {
  std::mt19937_64 random(7);
  const double truth = 0.7;
  int covered = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::normal_distribution<double> b(1, spread_before), a(truth, truth * spread_after);
    Values before(runs), after(runs);
    for (double& value : before) value = b(random);
    for (double& value : after) value = a(random);
    const auto interval = ratio_of_means(before, after, confidence);
    covered += interval.low <= truth && truth <= interval.high ? 1 : 0;
  }
  return static_cast<double>(covered) / kTrials;
}

TEST(RatioOfMeans, CoversAsOftenAsItSays) {
  for (const std::size_t runs : {std::size_t{4}, std::size_t{6}, std::size_t{10}})
    for (const auto& [b, a] : {std::pair{0.05, 0.05}, {0.2, 0.2}, {0.05, 0.2}}) {
      EXPECT_NEAR(coverage(runs, b, a, 0.95), 0.95, 0.02) << runs << " runs, spreads " << b << " and " << a;
    }
  EXPECT_NEAR(coverage(6, 0.1, 0.1, 0.8), 0.8, 0.03);
}

std::vector<IntervalSeries> noisy_runs(std::mt19937_64& random, double mean, std::size_t runs, std::size_t intervals) {
  std::gamma_distribution<double> value(16, mean / 16);
  std::vector<IntervalSeries> series(runs);
  for (IntervalSeries& run : series)
    for (std::size_t i = 0; i < intervals; ++i) {
      run.value.push_back(value(random) * 10);
      run.work.push_back(10);
    }
  return series;
}

TEST(BootstrapRatio, FindsAHalvingAndNothingInNothing) {
  std::mt19937_64 random(11);
  const auto before = noisy_runs(random, 100, 1, 30), after = noisy_runs(random, 50, 1, 30);
  const auto halved = bootstrap_ratio(before, after, 0.95, 1);
  ASSERT_TRUE(halved);
  EXPECT_NEAR(halved->interval.ratio, 0.5, 0.1);
  EXPECT_LT(halved->interval.high, 0.7);
  EXPECT_LT(halved->p, 0.01);
  int found = 0;
  for (int i = 0; i < 100; ++i) {
    const auto same = bootstrap_ratio(noisy_runs(random, 100, 1, 30), noisy_runs(random, 100, 1, 30), 0.95, 1);
    ASSERT_TRUE(same);
    found += same->interval.low > 1 || same->interval.high < 1 ? 1 : 0;
  }
  EXPECT_LE(found, 15);
}

TEST(BootstrapRatio, TheSameSeedGivesTheSameFigures) {
  std::mt19937_64 random(11);
  const auto before = noisy_runs(random, 100, 2, 20), after = noisy_runs(random, 90, 2, 20);
  const auto first = bootstrap_ratio(before, after, 0.95, 5), second = bootstrap_ratio(before, after, 0.95, 5);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->interval.low, second->interval.low);
  EXPECT_EQ(first->p, second->p);
}

TEST(BootstrapRatio, TooFewIntervalsSayNothing) {
  std::mt19937_64 random(11);
  EXPECT_FALSE(bootstrap_ratio(noisy_runs(random, 100, 1, 3), noisy_runs(random, 100, 1, 30), 0.95, 1));
}

TEST(FalseDiscoveryRates, ExampleOfBenjaminiAndHochberg) {
  // p sorted 0.01 0.02 0.03 0.5: q = p * 4 / rank, made monotone from the largest down.
  const std::vector<std::optional<double>> p{0.5, 0.01, std::nullopt, 0.03, 0.02};
  const auto q = false_discovery_rates(p);
  ASSERT_EQ(q.size(), 5U);
  EXPECT_DOUBLE_EQ(*q[0], 0.5);
  EXPECT_DOUBLE_EQ(*q[1], 0.04);
  EXPECT_FALSE(q[2]);
  EXPECT_DOUBLE_EQ(*q[3], 0.04);
  EXPECT_DOUBLE_EQ(*q[4], 0.04);
}

TEST(RunsToDecide, MoreSpreadNeedsMoreRuns) {
  const auto calm = runs_to_decide(Values{100, 101, 99}, Values{90, 91, 89}, 0.05, 0.95);
  const auto wild = runs_to_decide(Values{100, 130, 70}, Values{90, 120, 60}, 0.05, 0.95);
  ASSERT_TRUE(calm);
  EXPECT_LE(*calm, 10U);
  if (wild) {
    EXPECT_GT(*wild, *calm);
  }
}

// R: poisson.test(c(3, 30), c(1, 1))$conf.int, whose interval is the same Clopper-Pearson one.
TEST(RareEvents, AgreeWithRsPoissonTest) {
  const auto interval = ratio_of_rare_events({30, 1}, {3, 1}, 0.95);
  EXPECT_NEAR(interval.ratio, 0.1, 1e-12);
  // Clopper-Pearson of 3 in 33: 0.01915 to 0.24331.
  EXPECT_NEAR(interval.low, 0.01915 / (1 - 0.01915), 1e-4);
  EXPECT_NEAR(interval.high, 0.24331 / (1 - 0.24331), 1e-4);
}

TEST(RareEvents, NothingAfterLeavesAnUpperBoundOnly) {
  const auto interval = ratio_of_rare_events({50, 2}, {0, 1}, 0.95);
  EXPECT_EQ(interval.ratio, 0);
  EXPECT_EQ(interval.low, 0);
  EXPECT_NEAR(interval.high, 2 * (std::pow(0.025, -1.0 / 50) - 1), 1e-9);
  EXPECT_NEAR(p_of_rare_events({50, 2}, {0, 1}), 2 * std::pow(2.0 / 3, 50), 1e-12);
}

TEST(RareEvents, NothingBeforeLeavesALowerBoundOnly) {
  const auto interval = ratio_of_rare_events({0, 1}, {50, 1}, 0.95);
  EXPECT_NEAR(interval.low, 1 / (std::pow(0.025, -1.0 / 50) - 1), 1e-9);
  EXPECT_TRUE(std::isinf(interval.high));
}

TEST(RareEvents, CoverTheTruthWhenEventsAreFew) {
  std::mt19937_64 random(11);
  for (const double after : {0.5, 2.0, 8.0}) {
    std::poisson_distribution<int> events_before(40), events_after(after);
    int covered = 0;
    constexpr int kTrials = 2000;
    for (int trial = 0; trial < kTrials; ++trial) {
      const auto interval = ratio_of_rare_events({static_cast<double>(events_before(random)), 1},
                                                 {static_cast<double>(events_after(random)), 1}, 0.95);
      covered += interval.low <= after / 40 && after / 40 <= interval.high ? 1 : 0;
    }
    EXPECT_GE(covered, kTrials * 95 / 100) << after;
  }
}

TEST(RareEvents, ThatClusterCountAsFewer) {
  const std::vector<double> poisson{102, 95, 110, 93}, clustered{10, 200, 40, 150};
  EXPECT_EQ(effective_events(poisson, 400), 400);
  EXPECT_LT(effective_events(clustered, 400), 10);
}

TEST(PairedMeans, WhatNeighboursHaveInCommonDropsOut) {
  const std::vector<double> before{10, 20, 40, 80, 15, 30, 60, 12};
  std::vector<double> after;
  for (const double value : before) after.push_back(value / 2);
  const RatioInterval interval = ratio_of_paired_means(before, after, 0.95);
  EXPECT_NEAR(interval.ratio, 0.5, 1e-12);
  EXPECT_NEAR(interval.low, 0.5, 1e-9);
  EXPECT_NEAR(interval.high, 0.5, 1e-9);
  EXPECT_GT(ratio_of_means(before, after, 0.95).high, 1) << "and would be a wide interval otherwise";
}

// By hand: log ratios 0.1 and 0.3 have mean 0.2 and variance 0.02; t of 1 degree is 12.706.
TEST(PairedMeans, IntervalIsThatOfStudentsT) {
  const std::vector<double> before{1, 1};
  const std::vector<double> after{std::exp(0.1), std::exp(0.3)};
  const double mean = (after[0] + after[1]) / 2, relative = (after[1] - after[0]) / mean;
  const double half = 12.7062 * std::sqrt((0.02 + relative * relative / 2) / 2 / 2);
  const RatioInterval interval = ratio_of_paired_means(before, after, 0.95);
  EXPECT_NEAR(std::log(interval.high / interval.ratio), half, 1e-4);
  EXPECT_NEAR(std::log(interval.ratio / interval.low), half, 1e-4);
}

TEST(PairedPermutation, CountsTheWaysInWhichPairsCanChangePlaces) {
  const std::vector<double> before{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<double> after;
  for (const double value : before) after.push_back(value * 0.9);
  EXPECT_NEAR(paired_permutation_p(before, after, 1), 2.0 / 256, 1e-12);
  after[0] = before[0] / 0.9;  // one of eight the other way: 1 + 8 deals on each side are as far
  EXPECT_NEAR(paired_permutation_p(before, after, 1), 18.0 / 256, 1e-12);
  EXPECT_NEAR(paired_permutation_p(before, before, 1), 1, 1e-12);
}

}  // namespace
}  // namespace socklock::analyzer
