// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/wait_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace socklock::analyzer {
namespace {

WaitStats stats_of(const std::vector<std::uint64_t>& waits) {
  WaitStats stats;
  for (const std::uint64_t wait : waits) {
    const WaitCell cell{socklock_wait_bucket(wait), 1};
    stats.add({.contentions = 1, .gave_up = 0, .wait_ns = wait, .wait_min_ns = wait, .wait_max_ns = wait},
              std::span(&cell, 1));
  }
  return stats;
}

TEST(WaitStats, NothingHasNoMeanAndNoQuantile) {
  const WaitStats stats;
  EXPECT_EQ(stats.mean_ns(), 0);
  EXPECT_EQ(stats.quantile_ns(0.5), 0);
}

TEST(WaitStats, OneWaitIsEveryQuantile) {
  const WaitStats stats = stats_of({12'345});
  EXPECT_EQ(stats.mean_ns(), 12'345);
  for (const double q : {0.0, 0.5, 1.0}) EXPECT_EQ(stats.quantile_ns(q), 12'345);
}

TEST(WaitStats, QuantilesAreWithinOneSixteenthOfTheExactOnes) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> waits_ns(8, 2);
  std::vector<std::uint64_t> waits(20'000);
  for (auto& wait : waits) wait = static_cast<std::uint64_t>(waits_ns(random)) + 1;
  const WaitStats stats = stats_of(waits);
  std::sort(waits.begin(), waits.end());
  for (const double q : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto exact =
        static_cast<double>(waits[static_cast<std::size_t>(std::ceil(q * static_cast<double>(waits.size()))) - 1]);
    EXPECT_NEAR(stats.quantile_ns(q) / exact, 1, 1.0 / 16) << q;
  }
}

TEST(WaitStats, AddingIsTheSameAsHavingSeenAll) {
  WaitStats sum = stats_of({10, 20});
  sum.add(stats_of({5, 4000}));
  const WaitStats all = stats_of({10, 20, 5, 4000});
  EXPECT_EQ(sum.sums.wait_ns, all.sums.wait_ns);
  EXPECT_EQ(sum.sums.wait_min_ns, 5U);
  EXPECT_EQ(sum.sums.wait_max_ns, 4000U);
  EXPECT_EQ(sum.histogram, all.histogram);
}

TEST(Histogram, CountsInAnyOrderOfBuckets) {
  Histogram histogram, other;
  EXPECT_EQ(histogram.total(), 0U);
  EXPECT_EQ(histogram[7], 0U);
  for (const unsigned bucket : {100U, 90U, 300U, 90U}) histogram.add(bucket, 2);
  histogram.add(5, 0);
  for (const unsigned bucket : {300U, 100U}) other.add(bucket, 2);
  other.add(90, 4);
  EXPECT_EQ(histogram, other) << "whatever came first";
  EXPECT_EQ(histogram[90], 4U);
  EXPECT_EQ(histogram[91], 0U);
  EXPECT_EQ(histogram[SOCKLOCK_WAIT_BUCKETS - 1], 0U);
  EXPECT_EQ(histogram.total(), 8U);
  other.add(histogram);
  EXPECT_EQ(other[300], 4U);
  EXPECT_EQ(other.total(), 16U);
}

}  // namespace
}  // namespace socklock::analyzer
