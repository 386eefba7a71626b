// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/untimed.h"

#include <fmt/format.h>

namespace socklock::analyzer {

namespace {

// Whether less (or more) wait was measured after, and that is so whatever the lengths were that are not known.
bool holds(bool is_less, const SideMeasures& before, const SideMeasures& after) {
  const bool was_more = before.stats.sums.untimed > 0, is_more = after.stats.sums.untimed > 0;
  if (is_less) return !is_more || (was_more && after.contentions_per_unit <= before.contentions_per_unit);
  return !was_more || (is_more && after.contentions_per_unit >= before.contentions_per_unit);
}

}  // namespace

Verdict despite_untimed(Verdict verdict, const SideMeasures& before, const SideMeasures& after) {
  if (before.stats.sums.untimed == 0 && after.stats.sums.untimed == 0) return verdict;
  switch (verdict) {
    case Verdict::kImproved:
    case Verdict::kRegressed:
      return holds(verdict == Verdict::kImproved, before, after) ? verdict : Verdict::kInconclusive;
    case Verdict::kDiffers:
      return holds(after.wait_ns_per_unit < before.wait_ns_per_unit, before, after) ? verdict : Verdict::kNotJudged;
    case Verdict::kNotJudged: return verdict;
    case Verdict::kUnchanged:
    case Verdict::kInconclusive: break;
  }
  return Verdict::kInconclusive;
}

void warn_of_untimed(const SliceComparison& everything, std::vector<Warning>& warnings) {
  for (const SideName side : {SideName::kBefore, SideName::kAfter}) {
    const WaitSums& sums = (side == SideName::kBefore ? everything.before : everything.after).stats.sums;
    if (sums.untimed == 0) continue;
    warnings.push_back({.kind = WarningKind::kUntimed,
                        .side = side,
                        .before = {fmt::format("{}", sums.contentions)},
                        .value = static_cast<double>(sums.untimed)});
  }
}

}  // namespace socklock::analyzer
