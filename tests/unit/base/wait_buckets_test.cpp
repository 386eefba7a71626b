// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/wait_buckets.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace {

TEST(WaitBuckets, EveryBucketBeginsWhereTheOneBeforeEnds) {
  for (unsigned bucket = 1; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket) {
    const auto low = socklock_wait_bucket_low(bucket);
    EXPECT_EQ(socklock_wait_bucket(low), bucket);
    EXPECT_EQ(socklock_wait_bucket(low - 1), bucket - 1);
  }
}

TEST(WaitBuckets, AMidpointIsWithinOneSixteenthOfEveryValue) {
  for (unsigned bucket = 16; bucket + 1 < SOCKLOCK_WAIT_BUCKETS; ++bucket) {
    const auto low = static_cast<double>(socklock_wait_bucket_low(bucket));
    const auto high = static_cast<double>(socklock_wait_bucket_low(bucket + 1));
    EXPECT_LE((high - low) / 2 / low, 1.0 / 16);
  }
}

TEST(WaitBuckets, WaitsBeyondTheRangeShareTheLastBucket) {
  EXPECT_EQ(socklock_wait_bucket(UINT64_MAX), SOCKLOCK_WAIT_BUCKETS - 1U);
  EXPECT_EQ(socklock_wait_bucket(1ULL << 41), SOCKLOCK_WAIT_BUCKETS - 1U);
}

}  // namespace
