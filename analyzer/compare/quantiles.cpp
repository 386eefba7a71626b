// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/quantiles.h"

#include <algorithm>
#include <cmath>

#include "analyzer/compare/estimate.h"
#include "analyzer/compare/statistics.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/wait_stats.h"

namespace socklock::analyzer {

std::vector<Quantile> quantiles(std::span<const LabelledRun> runs, double confidence) {
  std::vector<WaitStats> of_runs;
  WaitStats all;
  for (const LabelledRun& run : runs) {
    WaitStats stats;
    for (std::size_t row = 0; row < run.run.waits.size(); ++row)
      stats.add(run.run.waits.sums[row], run.run.waits.cells_of(row));
    if (stats.sums.contentions == 0) continue;
    all.add(stats);
    of_runs.push_back(stats);
  }
  std::vector<Quantile> list;
  if (of_runs.empty()) return list;
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    Quantile quantile{q, all.quantile_ns(q), {}, {}};
    if (of_runs.size() >= kMinRuns) {
      std::vector<double> logs;
      for (const WaitStats& stats : of_runs) logs.push_back(std::log(std::max(1.0, stats.quantile_ns(q))));
      const MeanInterval interval = mean_interval(logs, confidence);
      quantile.ns = std::exp(interval.mean);
      quantile.low_ns = std::exp(interval.low);
      quantile.high_ns = std::exp(interval.high);
    }
    list.push_back(quantile);
  }
  return list;
}

}  // namespace socklock::analyzer
