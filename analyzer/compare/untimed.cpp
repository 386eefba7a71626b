// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/untimed.h"

#include <fmt/format.h>

namespace socklock::analyzer {

Verdict despite_untimed(Verdict verdict, const SideMeasures& before, const SideMeasures& after) {
  const bool was_more = before.stats.sums.untimed > 0, is_more = after.stats.sums.untimed > 0;
  if (!was_more && !is_more) return verdict;
  if (verdict == Verdict::kImproved &&
      (!is_more || (was_more && after.contentions_per_unit <= before.contentions_per_unit)))
    return verdict;
  if (verdict == Verdict::kRegressed &&
      (!was_more || (is_more && after.contentions_per_unit >= before.contentions_per_unit)))
    return verdict;
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
