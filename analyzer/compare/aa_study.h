// SPDX-License-Identifier: GPL-2.0-or-later
// How often runs of one side, dealt out at random as if they were two, get a verdict that they should not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

struct AaOptions {
  CompareOptions compare;
  unsigned deals = 400;
  std::size_t runs_a_side = 0;  // 0: half of the runs, at most 10
};

// Verdicts on the headline. Deals of the same runs depend on each other: the share is of these runs, and says
// the less of others the fewer disjoint pairs of sides they would make.
struct AaStudy {
  std::size_t runs = 0;
  std::size_t runs_a_side = 0;
  unsigned deals = 0;
  unsigned improved = 0;
  unsigned regressed = 0;
  unsigned unchanged = 0;
  unsigned inconclusive = 0;
  unsigned not_judged = 0;  // all of them with fewer than kMinRuns a side
  WorkUnit unit = WorkUnit::kSeconds;

  [[nodiscard]] double false_share() const { return static_cast<double>(improved + regressed) / deals; }
};

// Error kNotEnoughData with fewer than 2 runs, or without work of the unit.
Result<AaStudy> study_aa(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, const AaOptions& options);

}  // namespace socklock::analyzer
