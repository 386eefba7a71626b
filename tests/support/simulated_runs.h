// SPDX-License-Identifier: GPL-2.0-or-later
// Runs of a known truth, to measure how often a verdict is wrong. What varies in real runs varies here:
// whole runs, neighbouring intervals together, how contentions cluster, how long single waits last.
#pragma once

#include <cstddef>
#include <deque>
#include <random>
#include <string_view>
#include <vector>

#include "analyzer/compare/estimate.h"
#include "analyzer/compare/sides.h"
#include "analyzer/label/labelled_run.h"

namespace socklock::testing {

// Fitted to recordings by tests/bench/fit_runs.
struct RunModel {
  std::string_view name;
  double contentions = 0;           // a run, on average
  double run_spread = 0;            // standard deviation of the log of a run's rate of contentions
  double wait_spread = 0;           // the same of a run's mean wait, beyond what single waits explain
  double single_wait_spread = 0;    // standard deviation of the log of single waits
  double interval_dispersion = 1;   // variance over mean of an interval's contentions; 1: independent ones
  double interval_correlation = 0;  // of the rates of neighbouring intervals
  unsigned intervals = 4;           // a run
  // What successive runs of both sides, interleaved, have in common: 0: sides are not interleaved.
  double drift_spread = 0;       // standard deviation of the log of the host's part in a run's mean wait
  double drift_correlation = 0;  // of two successive runs
};

// The six runs of the side before in examples/listener-per-thread.
extern const RunModel kChurnRuns;
// 20 runs of the same load, 3 s each, while compilers and an emulator took the CPUs from it.
extern const RunModel kDisturbedRuns;
// 20 runs of 3 s of connchurn with one listener, one after the other on a quiet machine with paravirtual spinlocks:
// 47 000 waits a run; the logs of their waits per connection vary by 0.22, and by 0.16 between neighbours.
extern const RunModel kDriftingRuns;
// The same load in 20 runs of 8 s: 59 000 waits a run; the logs vary by 0.112, and by 0.102 between neighbours.
extern const RunModel kLongerRuns;
// Not fitted: a load that varies little from run to run.
extern const RunModel kSteadyRuns;

// Sides whose headline slice has a mean of `effect` waits' worth per unit of work, 1 being the model's.
class Simulator {
 public:
  Simulator(const RunModel& model, std::uint64_t seed) : model_(model), random_(seed) {}

  // Valid as long as the simulator lives.
  analyzer::Side side(std::size_t runs, double effect = 1);

 private:
  void simulate(analyzer::LabelledRun& labelled, double effect);
  // Of the run at this position in time, of both sides.
  double drift(std::size_t position);
  double unit_mean_factor(double spread);

  const RunModel& model_;
  std::mt19937_64 random_;
  std::vector<double> drifts_;
  std::size_t sides_ = 0;
  std::deque<analyzer::LabelledRun> runs_;
};

// What the verdicts on simulated pairs of sides were, of which the truth is known.
struct Study {
  unsigned pairs = 0;
  unsigned improved = 0;
  unsigned regressed = 0;
  unsigned unchanged = 0;
  unsigned inconclusive = 0;
  unsigned covered = 0;  // intervals that hold the truth

  [[nodiscard]] double share(unsigned count) const { return static_cast<double>(count) / pairs; }
};
Study study(const RunModel& model, std::size_t runs, double effect, unsigned pairs, const analyzer::Criteria& criteria,
            std::uint64_t seed);

}  // namespace socklock::testing
