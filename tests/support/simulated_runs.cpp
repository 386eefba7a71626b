// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/simulated_runs.h"

#include <algorithm>
#include <cmath>

#include "analyzer/label/labelled_run.h"

namespace socklock::testing {
namespace {

using analyzer::LabelledRun;
using analyzer::SliceKind;

constexpr double kMeanWaitNs = 100'000;
constexpr std::uint64_t kWorkOfInterval = 10'000;
// Sums of more waits than that are drawn as one number, by the central limit theorem.
constexpr std::uint64_t kManyWaits = 2'000;

}  // namespace

const RunModel kChurnRuns{.name = "churn",
                          .contentions = 274,
                          .run_spread = 0.278,
                          .wait_spread = 0.105,
                          .single_wait_spread = 1.36,
                          .interval_dispersion = 2.2,
                          .interval_correlation = -0.69};
const RunModel kDisturbedRuns{.name = "disturbed",
                              .contentions = 471,
                              .run_spread = 0.90,
                              .wait_spread = 0.45,
                              .single_wait_spread = 1.39,
                              .interval_dispersion = 19.3,
                              .interval_correlation = -0.08,
                              .intervals = 6};
const RunModel kDriftingRuns{.name = "drifting",
                             .contentions = 47'436,
                             .run_spread = 0.04,
                             .wait_spread = 0.08,
                             .single_wait_spread = 1.06,
                             .interval_dispersion = 56,
                             .interval_correlation = -0.14,
                             .drift_spread = 0.21,
                             .drift_correlation = 0.9};
const RunModel kLongerRuns{.name = "longer",
                           .contentions = 58'587,
                           .run_spread = 0.05,
                           .wait_spread = 0.05,
                           .single_wait_spread = 1.40,
                           .interval_dispersion = 104,
                           .interval_correlation = 0.47,
                           .intervals = 16,
                           .drift_spread = 0.075,
                           .drift_correlation = 0.9};
const RunModel kSteadyRuns{.name = "steady",
                           .contentions = 3000,
                           .run_spread = 0.05,
                           .single_wait_spread = 1.4,
                           .interval_dispersion = 2,
                           .interval_correlation = 0.5};

// A factor of mean 1.
double Simulator::unit_mean_factor(double spread) {
  std::normal_distribution<double> log(-spread * spread / 2, spread);
  return spread > 0 ? std::exp(log(random_)) : 1;
}

void Simulator::simulate(LabelledRun& labelled, double effect) {
  const double rate = effect * unit_mean_factor(model_.run_spread) * model_.contentions / model_.intervals;
  const double mean_wait = kMeanWaitNs * unit_mean_factor(model_.wait_spread);
  // Intervals of a run vary together by an autoregressive factor, whose spread is what the dispersion leaves.
  const double spread = std::sqrt(std::log1p(std::max(0.0, model_.interval_dispersion - 1) / std::max(rate, 1.0)));
  std::normal_distribution<double> normal;
  double state = normal(random_);
  auto& run = labelled.run;
  run.waits.keys.emplace_back();
  run.waits.sums.emplace_back();
  run.waits.first_cell = {0, 0};
  labelled.labels.emplace_back();
  for (unsigned i = 0; i < model_.intervals; ++i) {
    const double c = model_.interval_correlation;
    state = c * state + std::sqrt(1 - c * c) * normal(random_);
    const double here = rate * std::exp(spread * state - spread * spread / 2);
    const auto count = std::poisson_distribution<std::uint64_t>(std::max(here, 1e-9))(random_);
    double wait = 0;
    if (count <= kManyWaits) {
      for (std::uint64_t n = 0; n < count; ++n) wait += mean_wait * unit_mean_factor(model_.single_wait_spread);
    } else {
      const auto n = static_cast<double>(count);
      const double relative = std::sqrt(std::expm1(model_.single_wait_spread * model_.single_wait_spread) / n);
      wait = n * mean_wait * std::max(0.0, 1 + relative * normal(random_));
    }
    const auto wait_ns = static_cast<std::uint64_t>(wait);
    run.waits.sums[0].add({.contentions = count, .wait_ns = wait_ns, .wait_min_ns = 0, .wait_max_ns = wait_ns});
    analyzer::Interval& interval = run.intervals.emplace_back();
    interval.work.connections_active = kWorkOfInterval;
    interval.first_wait = run.interval_waits.size();
    interval.wait_count = 1;
    run.interval_waits.push_back({0, count, wait_ns});
    run.work.connections_active += kWorkOfInterval;
  }
}

double Simulator::drift(std::size_t position) {
  if (model_.drift_spread == 0) return 1;
  std::normal_distribution<double> normal;
  const double c = model_.drift_correlation;
  while (drifts_.size() <= position)
    drifts_.push_back(drifts_.empty() ? normal(random_) : c * drifts_.back() + std::sqrt(1 - c * c) * normal(random_));
  return std::exp(model_.drift_spread * drifts_[position] - model_.drift_spread * model_.drift_spread / 2);
}

analyzer::Side Simulator::side(std::size_t runs, double effect) {
  analyzer::Side side;
  for (std::size_t i = 0; i < runs; ++i) {
    LabelledRun& labelled = runs_.emplace_back();
    const std::size_t position = 2 * i + (sides_ + i) % 2;
    simulate(labelled, effect * drift(position));
    if (model_.drift_spread > 0) labelled.run.facts.wall_start_ns = position + 1;
    auto& measures = side.emplace_back();
    measures.run = &labelled;
    measures.work = static_cast<double>(labelled.run.work.connections_active);
    measures.slices[{.kind = SliceKind::kAll}].add(labelled.run.waits.sums[0], {});
  }
  ++sides_;
  return side;
}

Study study(const RunModel& model, std::size_t runs, double effect, unsigned pairs, const analyzer::Criteria& criteria,
            std::uint64_t seed) {
  Study result;
  const analyzer::SliceId everything{.kind = SliceKind::kAll};
  for (unsigned pair = 0; pair < pairs; ++pair) {
    Simulator simulator(model, seed + pair);
    const analyzer::Side before = simulator.side(runs), after = simulator.side(runs, effect);
    const auto estimated =
        analyzer::estimate(before, after, analyzer::Taxonomy::built_in(),
                           {everything, analyzer::Measure::kWait, analyzer::WorkUnit::kConnections}, criteria);
    ++result.pairs;
    if (estimated.low && *estimated.low <= effect && (!estimated.high || effect <= *estimated.high)) ++result.covered;
    switch (analyzer::judge(estimated, estimated.p, criteria)) {
      case analyzer::Verdict::kImproved: ++result.improved; break;
      case analyzer::Verdict::kRegressed: ++result.regressed; break;
      case analyzer::Verdict::kUnchanged: ++result.unchanged; break;
      case analyzer::Verdict::kDiffers:
      case analyzer::Verdict::kNotJudged:
      case analyzer::Verdict::kInconclusive: ++result.inconclusive; break;
    }
  }
  return result;
}

}  // namespace socklock::testing
