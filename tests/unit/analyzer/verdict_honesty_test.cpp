// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts on simulated runs of which the truth is known: tests/bench/verdict at a size for every day.
#include <gtest/gtest.h>

#include "tests/support/simulated_runs.h"

namespace socklock::testing {
namespace {

constexpr unsigned kPairs = 1000;
constexpr std::uint64_t kSeed = 20060601;

class SameOnBothSides : public ::testing::TestWithParam<std::size_t> {};

TEST_P(SameOnBothSides, IsImprovedOrRegressedInAtMostOneOfTwenty) {
  for (const RunModel* model : {&kChurnRuns, &kDisturbedRuns, &kSteadyRuns}) {
    SCOPED_TRACE(model->name);
    const Study result = study(*model, GetParam(), 1, kPairs, {}, kSeed);
    EXPECT_LE(result.share(result.improved + result.regressed), 0.05);
    EXPECT_GE(result.share(result.covered), 0.93);
    EXPECT_LE(result.share(result.covered), 0.98);
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, SameOnBothSides, ::testing::Values(3, 5, 10));

// Interleaved, neighbours have the host's drift in common, and it is in neither interval nor p.
class SameOnBothSidesInterleaved : public ::testing::TestWithParam<std::size_t> {};

TEST_P(SameOnBothSidesInterleaved, IsImprovedOrRegressedInAtMostOneOfTwenty) {
  const Study result = study(kDriftingRuns, GetParam(), 1, kPairs, {}, kSeed);
  EXPECT_LE(result.share(result.improved + result.regressed), 0.05);
  EXPECT_GE(result.share(result.covered), 0.93);
  EXPECT_LE(result.share(result.covered), 0.97);
}

INSTANTIATE_TEST_SUITE_P(Runs, SameOnBothSidesInterleaved, ::testing::Values(8, 10, 20));

TEST(Verdict, FindsAQuarterLessWithTenInterleavedRunsOnADriftingHost) {
  RunModel apart = kDriftingRuns;
  apart.drift_spread = 0;
  apart.wait_spread = 0.22;
  const Study interleaved = study(kDriftingRuns, 10, 0.75, 300, {}, kSeed);
  EXPECT_GE(interleaved.share(interleaved.improved), 0.9);
  const Study unpaired = study(apart, 10, 0.75, 300, {}, kSeed);
  EXPECT_LE(unpaired.share(unpaired.improved), 0.7) << "the same spread, when runs are not interleaved";
}

TEST(Verdict, FindsAFifthLessWithTenInterleavedRunsOfEightSeconds) {
  const Study result = study(kLongerRuns, 10, 0.8, 1000, {}, kSeed);
  EXPECT_GE(result.share(result.improved), 0.9);
}

TEST(Verdict, FindsAFifthLessWithTenRunsOfASteadyLoad) {
  const Study result = study(kSteadyRuns, 10, 0.8, 300, {}, kSeed);
  EXPECT_GE(result.share(result.improved), 0.9);
}

TEST(Verdict, FindsHalfWithTenRunsOfALoadAsItWasRecorded) {
  const Study result = study(kChurnRuns, 10, 0.5, 300, {}, kSeed);
  EXPECT_GE(result.share(result.improved), 0.9);
}

TEST(Verdict, NeverCallsTwoPercentUnchangedAtAThresholdOfOne) {
  RunModel quiet = kSteadyRuns;
  quiet.run_spread = 0.015;
  const Study result = study(quiet, 10, 0.98, 300, {.confidence = 0.95, .threshold = 0.01, .seed = 1}, kSeed);
  EXPECT_EQ(result.unchanged, 0U);
}

}  // namespace
}  // namespace socklock::testing
