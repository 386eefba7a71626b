// SPDX-License-Identifier: GPL-2.0-or-later
// The ± of sampled stacks on real recordings that have every stack: tests/bench/truth at a size for every day.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <vector>

#include "tests/support/truth_study.h"

namespace socklock::testing {
namespace {

constexpr unsigned kSamples = 60;

class SampledTruth : public ::testing::TestWithParam<unsigned> {
 protected:
  // Once for each rate: these are most of the time.
  static const std::vector<TruthStudy>& studies(unsigned rate_bits) {
    static std::map<unsigned, std::vector<TruthStudy>> known;
    std::vector<TruthStudy>& all = known[rate_bits];
    if (!all.empty()) return all;
    for (const auto& entry : std::filesystem::directory_iterator(SOCKLOCK_REAL_DATA "/all-stacks")) {
      if (entry.path().extension() != ".slk") continue;
      auto study = study_truth(entry.path().string(), kSamples, rate_bits);
      EXPECT_TRUE(study) << entry.path();
      if (study) all.push_back(*std::move(study));
    }
    EXPECT_GE(all.size(), 6U);
    return all;
  }

  static std::map<std::string, Coverage> coverage_of(unsigned rate_bits) {
    std::map<std::string, Coverage> all;
    for (const TruthStudy& study : studies(rate_bits))
      for (const auto& [kind, coverage] : study.by_kind) all[kind].add(coverage);
    return all;
  }
};

// At the recorder's rate of one in 64, at one that is four times as dense, and at a quarter of it.
INSTANTIATE_TEST_SUITE_P(RateBits, SampledTruth, ::testing::Values(4U, 6U, 8U));

TEST_P(SampledTruth, IsInTheIntervalAsOftenAsItShouldBeForEveryKindOfSlice) {
  const auto all = coverage_of(GetParam());
  ASSERT_EQ(all.size(), 9U);
  for (const auto& [kind, coverage] : all) {
    SCOPED_TRACE(kind);
    // A filter leaves few slices, of which a recording has the same ones in each sample.
    const bool is_filtered = kind.find(" of a ") != std::string::npos;
    EXPECT_GE(coverage.count_covered / coverage.slices, is_filtered ? 0.90 : 0.92);
    EXPECT_GE(coverage.wait_covered / coverage.slices, 0.90);
    EXPECT_LT(coverage.width / coverage.wide, 0.5) << "a ± of everything covers everything";
  }
}

TEST_P(SampledTruth, IsMetInTheMeanByEveryClassOfManyWaits) {
  for (const TruthStudy& study : studies(GetParam()))
    for (const SliceTruth& slice : study.slices) {
      if (slice.kind != "class") continue;
      const double noise = 2.6 * slice.sd / std::sqrt(kSamples);
      EXPECT_LE(std::abs(slice.mean_estimate - slice.truth), 0.05 * slice.truth + noise)
          << study.label << " " << slice.name << ": " << slice.mean_estimate << " of " << slice.truth;
    }
}

TEST_P(SampledTruth, IsWhatRowsWithoutAnErrorSay) {
  const auto all = coverage_of(GetParam());
  EXPECT_GE(all.at("class").exact_right, 0.9 * all.at("class").exact);
  EXPECT_GE(all.at("class-path").exact_right, 0.95 * all.at("class-path").exact);
  EXPECT_LE(all.at("path").exact, 0.01 * all.at("path").slices) << "a path is not certain by the system call";
}

}  // namespace
}  // namespace socklock::testing
