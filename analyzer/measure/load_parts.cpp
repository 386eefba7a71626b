// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/load_parts.h"

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/filter.h"

namespace socklock::analyzer {

Result<TwoSides> load_parts(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const Filter& filter, LoadOptions options) {
  options.range = filter.range;
  options.min_wait_ns = filter.min_wait_ns.value_or(0);
  options.cpus = filter.cpu_choice();
  if (!filter.range_after) return load_sides(before, after, taxonomy, options);
  SOCKLOCK_TRY_ASSIGN(TwoSides sides, load_sides(before, {}, taxonomy, options));
  options.range = filter.range_after;
  // Of both sides together, as where they are read at once.
  if (options.progress)
    options.progress = [progress = options.progress, of_before = bytes_of(before)](std::uint64_t bytes) {
      return progress(of_before + bytes);
    };
  SOCKLOCK_TRY_ASSIGN(sides.after, load_runs(after, taxonomy, options));
  return sides;
}

}  // namespace socklock::analyzer
