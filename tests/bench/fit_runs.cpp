// SPDX-License-Identifier: GPL-2.0-or-later
// fit_runs TRACE...: the parameters of tests/support/simulated_runs.h that fit these runs of one load.
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

#include "analyzer/compare/sides.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"

using namespace socklock::analyzer;

namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::pow(value - mean(values), 2);
  return sum / static_cast<double>(values.size() - 1);
}

// Of the log of single waits, from the histogram.
double log_wait_spread(const WaitStats& stats) {
  double n = 0, sum = 0, squares = 0;
  for (unsigned bucket = 0; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket) {
    if (stats.histogram[bucket] == 0) continue;
    const double count = static_cast<double>(stats.histogram[bucket]);
    const double log = std::log(static_cast<double>(socklock_wait_bucket_low(bucket)) + 1);
    n += count;
    sum += count * log;
    squares += count * log * log;
  }
  return std::sqrt(squares / n - sum / n * sum / n);
}

struct Neighbours {
  double products = 0, squares = 0, dispersion = 0;
  double pairs = 0, values = 0, runs = 0;
};

void add_intervals(const IntervalSeries& series, Neighbours& sums) {
  std::vector<double> counts = series.value;
  counts.pop_back();  // the last interval is a short one
  if (counts.size() < 3) return;
  const double m = mean(counts);
  if (m <= 0) return;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sums.squares += std::pow(counts[i] / m - 1, 2);
    sums.values += 1;
    if (i == 0) continue;
    sums.products += (counts[i] / m - 1) * (counts[i - 1] / m - 1);
    sums.pairs += 1;
  }
  sums.dispersion += variance(counts) / m;
  sums.runs += 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  std::vector<LabelledRun> runs;
  for (int i = 1; i < argc; ++i) {
    auto run = load_run(argv[i]);
    if (!run) {
      std::fprintf(stderr, "fit_runs: %s\n", run.error().message().c_str());
      return 3;
    }
    runs.push_back(label(*std::move(run), taxonomy));
  }
  if (runs.size() < 3) return 2;
  std::vector<const Run*> plain;
  for (const auto& run : runs) plain.push_back(&run.run);
  const WorkUnit unit = default_work_unit(plain);
  const Side side = measure_side(runs, taxonomy, unit);
  const SliceId everything{.kind = SliceKind::kAll};
  const WaitStats all = pooled(side, everything);
  std::vector<double> log_counts, log_waits;
  for (const RunMeasures& run : side) {
    const auto found = run.slices.find(everything);
    if (found == run.slices.end()) continue;
    log_counts.push_back(std::log(static_cast<double>(found->second.sums.contentions) / run.work));
    log_waits.push_back(std::log(found->second.mean_ns()));
  }
  Neighbours neighbours;
  for (const auto& series : interval_series(side, taxonomy, everything, Measure::kContentions, unit))
    add_intervals(series, neighbours);
  const double contentions = static_cast<double>(all.sums.contentions) / static_cast<double>(runs.size());
  const double single = log_wait_spread(all);
  std::printf("runs %zu\ncontentions %.0f\nrun_spread %.3f\nwait_spread %.3f\nsingle_wait_spread %.2f\n", runs.size(),
              contentions, std::sqrt(std::max(0.0, variance(log_counts) - 1 / contentions)),
              std::sqrt(std::max(0.0, variance(log_waits) - std::expm1(single * single) / contentions)), single);
  std::printf("interval_dispersion %.2f\ninterval_correlation %.2f\n", neighbours.dispersion / neighbours.runs,
              neighbours.products / neighbours.pairs / (neighbours.squares / neighbours.values));
  return 0;
}
