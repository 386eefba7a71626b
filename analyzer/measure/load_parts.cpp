// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/load_parts.h"

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/filter.h"

namespace socklock::analyzer {

Result<TwoSides> load_parts(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const Filter& filter, LoadOptions options) {
  options.range = filter.range;
  if (!filter.range_after) return load_sides(before, after, taxonomy, options);
  SOCKLOCK_TRY_ASSIGN(TwoSides sides, load_sides(before, {}, taxonomy, options));
  options.range = filter.range_after;
  SOCKLOCK_TRY_ASSIGN(sides.after, load_runs(after, taxonomy, options));
  return sides;
}

}  // namespace socklock::analyzer
