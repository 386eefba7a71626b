// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/quantiles.h"

#include <algorithm>
#include <cmath>

#include "analyzer/compare/estimate.h"
#include "analyzer/compare/statistics.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/wait_stats.h"

namespace socklock::analyzer {

namespace {

double log_quantile(const WaitStats& stats, double q) { return std::log(std::max(1.0, stats.quantile_ns(q))); }

WaitStats all_but(const std::vector<WaitStats>& runs, std::size_t left_out) {
  WaitStats sum;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (i != left_out) sum.add(runs[i]);
  return sum;
}

// How far the logarithm of the quantile of all may be off, as runs vary.
double half_width(const std::vector<double>& without_one, double of_all, double confidence) {
  const auto runs = static_cast<double>(without_one.size());
  std::vector<double> pseudo_values;
  for (const double without : without_one) pseudo_values.push_back(runs * of_all - (runs - 1) * without);
  const MeanInterval interval = mean_interval(pseudo_values, confidence);
  return (interval.high - interval.low) / 2;
}

}  // namespace

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
  std::vector<WaitStats> without_one;
  if (of_runs.size() >= kMinRuns)
    for (std::size_t i = 0; i < of_runs.size(); ++i) without_one.push_back(all_but(of_runs, i));
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    Quantile quantile{q, all.quantile_ns(q), {}, {}};
    if (!without_one.empty()) {
      const double of_all = log_quantile(all, q);
      std::vector<double> logs;
      for (const WaitStats& stats : without_one) logs.push_back(log_quantile(stats, q));
      const double half = half_width(logs, of_all, confidence);
      quantile.low_ns = std::exp(of_all - half);
      quantile.high_ns = std::exp(of_all + half);
    }
    list.push_back(quantile);
  }
  return list;
}

}  // namespace socklock::analyzer
