// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts on real recordings between which nothing was changed.
#include <gtest/gtest.h>

#include "analyzer/compare/aa_study.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"

namespace socklock::analyzer {
namespace {

TEST(RealRunsOfOneLoad, SeldomGetAFalseVerdict) {
  const auto paths = traces_named({SOCKLOCK_REAL_DATA "/churn-same"}, "before");
  ASSERT_TRUE(paths);
  ASSERT_EQ(paths->size(), 40U);
  const auto runs = load_runs(*paths, Taxonomy::built_in());
  ASSERT_TRUE(runs);
  AaOptions options;
  options.compare.criteria.threshold = 0;  // nothing but the significance holds a false verdict back
  for (const std::size_t runs_a_side : {1U, 2U, 3U, 5U, 10U}) {
    options.runs_a_side = runs_a_side;
    const auto study = study_aa(*runs, Taxonomy::built_in(), options);
    ASSERT_TRUE(study);
    EXPECT_LE(study->false_share(), 0.05) << runs_a_side << " runs a side";
    EXPECT_EQ(study->not_judged, runs_a_side < kMinRuns ? study->deals : 0U);
  }
}

}  // namespace
}  // namespace socklock::analyzer
