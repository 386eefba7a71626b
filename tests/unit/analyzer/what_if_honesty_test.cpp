// SPDX-License-Identifier: GPL-2.0-or-later
// How far estimates of what-if are off in a world where the change is made. `./dev bench what-if` prints the list.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/support/what_if_study.h"

namespace socklock::testing {
namespace {

constexpr std::uint64_t kVisits = 4'000;
constexpr unsigned kRuns = 3;
constexpr std::uint64_t kModelVisits = 10'000;

std::vector<StudyResult> results(bool level2) {
  std::vector<StudyResult> results;
  std::uint64_t seed = 1;
  for (const StudyCase& of : study_cases(level2, kVisits)) results.push_back(study(of, kRuns, seed++, kModelVisits));
  return results;
}

struct Count {
  unsigned all = 0, good = 0;
  [[nodiscard]] double share() const { return all == 0 ? 0 : static_cast<double>(good) / all; }
};

template <typename Chosen, typename Good>
Count count(const std::vector<StudyResult>& results, Chosen chosen, Good good) {
  Count count;
  for (const StudyResult& result : results) {
    if (!chosen(result)) continue;
    ++count.all;
    if (good(result))
      ++count.good;
    else
      std::cout << "  off: " << result.name << ": " << result.estimated << " (" << result.low << " .. " << result.high
                << "), true " << result.truth << (result.refused ? ", refused " + result.reason : "") << "\n";
  }
  return count;
}

bool is_modelled(const StudyResult& result) { return result.row == 1 || result.row == 2 || result.row == 5; }

class Level2Honesty : public ::testing::Test {
 protected:
  static const std::vector<StudyResult>& all() {
    static const std::vector<StudyResult> kResults = results(true);
    return kResults;
  }
};

class Level1Honesty : public ::testing::Test {
 protected:
  static const std::vector<StudyResult>& all() {
    static const std::vector<StudyResult> kResults = results(false);
    return kResults;
  }
};

TEST_F(Level2Honesty, WithinAQuarterWhereTheModelHolds) {
  const Count close = count(
      all(), [](const StudyResult& result) { return is_modelled(result) && !result.refused; },
      [](const StudyResult& result) { return result.within(1.25); });
  EXPECT_GE(close.all, 50U);
  EXPECT_GE(close.share(), 0.95);
}

TEST_F(Level2Honesty, KnownWakeUpsAreModelled) {
  const Count close = count(
      all(), [](const StudyResult& result) { return result.row == 3; },
      [](const StudyResult& result) { return !result.refused && result.within(1.25); });
  EXPECT_GE(close.all, 12U);
  EXPECT_GE(close.share(), 0.9);
}

TEST_F(Level2Honesty, IntervalsHoldTheTruth) {
  const Count inside = count(
      all(), [](const StudyResult& result) { return !result.refused && result.row != 4; },
      [](const StudyResult& result) { return result.inside(); });
  EXPECT_GE(inside.share(), 0.92);
}

TEST_F(Level2Honesty, OverloadedSleepingLocksAreRefusedAlways) {
  const Count refused = count(
      all(), [](const StudyResult& result) { return result.row == 6; },
      [](const StudyResult& result) { return result.refused && result.reason == "holders_did_not_run"; });
  EXPECT_GE(refused.all, 30U);
  EXPECT_EQ(refused.good, refused.all);
}

TEST_F(Level1Honesty, WithinTwiceWhereTheModelHolds) {
  const Count close = count(
      all(), [](const StudyResult& result) { return result.row == 1 && !result.refused; },
      [](const StudyResult& result) { return result.within(2); });
  EXPECT_GE(close.all, 40U);
  EXPECT_GE(close.share(), 0.9);
}

TEST_F(Level1Honesty, IntervalsHoldTheTruth) {
  const Count inside = count(
      all(), [](const StudyResult& result) { return !result.refused && is_modelled(result) && result.is_closed; },
      [](const StudyResult& result) { return result.inside(); });
  EXPECT_GE(inside.share(), 0.92);
}

TEST_F(Level1Honesty, OverloadedSleepingLocksAreRefusedAlways) {
  const Count refused = count(
      all(), [](const StudyResult& result) { return result.row == 6; },
      [](const StudyResult& result) { return result.refused; });
  EXPECT_GE(refused.all, 30U);
  EXPECT_EQ(refused.good, refused.all);
}

}  // namespace
}  // namespace socklock::testing
