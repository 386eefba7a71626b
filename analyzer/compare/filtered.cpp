// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/filtered.h"

#include "analyzer/compare/compare.h"
#include "analyzer/measure/conditions.h"

namespace socklock::analyzer {

void say_filter(const Filter& filter, Comparison& comparison) {
  if (filter.is_empty()) return;
  comparison.warnings.insert(comparison.warnings.begin(),
                             Warning{.kind = WarningKind::kOnlyPart, .before = condition_texts(filter)});
  comparison.everything.name = "waits that meet the filter";
  comparison.headline = comparison.everything;
  comparison.quiet.name = "of these, all but memory's and the scheduler's";
}

}  // namespace socklock::analyzer
