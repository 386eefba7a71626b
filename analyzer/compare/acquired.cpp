// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/acquired.h"

#include <algorithm>
#include <set>

#include "analyzer/compare/estimate.h"
#include "analyzer/compare/statistics.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/acquisitions.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

using CountsOfSide = std::vector<AcquisitionCounts>;

CountsOfSide counts_of(const Side& side, const Taxonomy& taxonomy) {
  CountsOfSide counts;
  for (const RunMeasures& run : side) counts.emplace_back(run.run->run, taxonomy);
  return counts;
}

std::string why_not(const CountsOfSide& side) {
  const auto found = std::find_if(side.begin(), side.end(), [](const auto& counts) { return !counts.measured(); });
  return found == side.end() ? "" : found->why_not();
}

std::optional<Acquisitions> of(const AcquisitionCounts& counts, const AcquiredComparison& row) {
  return row.path ? counts.of(row.lock_class, *row.path) : counts.of(row.lock_class);
}

// One value a run; nothing where a run did not measure it.
std::optional<std::vector<double>> rates_of(const Side& side, const CountsOfSide& counts,
                                            const AcquiredComparison& row) {
  std::vector<double> rates;
  for (std::size_t i = 0; i < side.size(); ++i) {
    const auto acquisitions = of(counts[i], row);
    if (!acquisitions || side[i].work <= 0) return std::nullopt;
    rates.push_back(static_cast<double>(acquisitions->count) / side[i].work);
  }
  return rates;
}

std::optional<AcquiredSide> side_of(const Side& side, const CountsOfSide& counts, const Taxonomy& taxonomy,
                                    const AcquiredComparison& row) {
  const auto rates = rates_of(side, counts, row);
  if (!rates) return std::nullopt;
  AcquiredSide sums;
  sums.per_unit = mean(*rates);
  for (const AcquisitionCounts& run : counts) {
    sums.acquisitions += of(run, row)->count;
    sums.at_least = sums.at_least || of(run, row)->at_least;
  }
  const SliceId slice = row.path
                            ? SliceId{.kind = SliceKind::kClassPath, .lock_class = row.lock_class, .path = *row.path}
                            : SliceId{.kind = SliceKind::kClass, .lock_class = row.lock_class};
  sums.contentions = pooled(side, slice).sums.contentions;
  const bool all_seen = std::all_of(side.begin(), side.end(), [&](const RunMeasures& run) {
    return contention_ratio(run.run->run, taxonomy, row.lock_class, 0, Acquisitions{1, false}).has_value();
  });
  if (all_seen && sums.acquisitions > 0)
    sums.contention_ratio = static_cast<double>(sums.contentions) / static_cast<double>(sums.acquisitions);
  return sums;
}

std::vector<AcquiredComparison> empty_rows(const CountsOfSide& before, const CountsOfSide& after) {
  std::set<ClassId> classes;
  for (const CountsOfSide* side : {&before, &after})
    for (const AcquisitionCounts& run : *side)
      for (const ClassId lock_class : run.classes()) classes.insert(lock_class);
  std::vector<AcquiredComparison> rows;
  for (const ClassId lock_class : classes) {
    rows.emplace_back().lock_class = lock_class;
    for (std::size_t path = 0; path < kCallPaths; ++path)
      rows.push_back({lock_class, static_cast<CallPath>(path), {}, {}, {}, {}});
  }
  return rows;
}

std::uint64_t acquisitions_of(const AcquiredComparison& row) {
  return (row.before ? row.before->acquisitions : 0) + (row.after ? row.after->acquisitions : 0);
}

}  // namespace

AcquiredResult compare_acquisitions(const Side& before, const Side& after, const Taxonomy& taxonomy,
                                    double confidence) {
  const CountsOfSide b = counts_of(before, taxonomy), a = counts_of(after, taxonomy);
  AcquiredResult result;
  result.before_why_not = why_not(b);
  result.after_why_not = why_not(a);
  bool any_send = false, not_send = false;
  for (AcquiredComparison& row : empty_rows(b, a)) {
    row.before = side_of(before, b, taxonomy, row);
    row.after = side_of(after, a, taxonomy, row);
    if (row.path == CallPath::kSend && is_table(taxonomy.at(row.lock_class)))
      (row.before && row.after ? any_send : not_send) = true;
    if (acquisitions_of(row) == 0) continue;
    if (row.before && row.after && row.before->per_unit > 0) {
      row.ratio = row.after->per_unit / row.before->per_unit;
      if (std::min(before.size(), after.size()) >= kMinRuns && row.after->per_unit > 0)
        row.interval = ratio_of_means(*rates_of(before, b, row), *rates_of(after, a, row), confidence);
    }
    if (row.path == CallPath::kSend && is_table(taxonomy.at(row.lock_class))) {
      result.send_before += row.before ? row.before->per_unit : 0;
      result.send_after += row.after ? row.after->per_unit : 0;
    }
    result.rows.push_back(row);
  }
  result.send_measured = any_send && !not_send;
  std::stable_sort(result.rows.begin(), result.rows.end(), [](const auto& x, const auto& y) {
    if (x.path.has_value() != y.path.has_value()) return !x.path.has_value();
    return acquisitions_of(x) > acquisitions_of(y);
  });
  return result;
}

}  // namespace socklock::analyzer
