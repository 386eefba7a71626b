// SPDX-License-Identifier: GPL-2.0-or-later
// How often a verdict is wrong, how often an interval holds the truth, and how often a change is found.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/bench/bca.h"
#include "tests/support/simulated_runs.h"

using namespace socklock::testing;

namespace {

void row(const RunModel& model, std::size_t runs, double effect, const socklock::analyzer::Criteria& criteria,
         unsigned pairs) {
  const Study result = study(model, runs, effect, pairs, criteria, 1);
  std::printf("%-10s %4zu %7.2f %9.0f %% | %8.1f %% %9.1f %% %9.1f %% %12.1f %% | %8.1f %%\n", model.name.data(), runs,
              effect, 100 * criteria.threshold, 100 * result.share(result.improved),
              100 * result.share(result.regressed), 100 * result.share(result.unchanged),
              100 * result.share(result.inconclusive), 100 * result.share(result.covered));
  std::fflush(stdout);
}

bool holds_one(const socklock::analyzer::RatioInterval& interval) { return interval.low <= 1 && 1 <= interval.high; }

// Of two samples of runs of one load: how many of the intervals hold the truth, by the method of verdicts and by the
// one that they would use otherwise.
void methods_row(const RunModel& model, std::size_t runs, unsigned pairs) {
  const socklock::analyzer::SliceId everything{.kind = socklock::analyzer::SliceKind::kAll};
  unsigned welch = 0, bca = 0;
  for (unsigned pair = 0; pair < pairs; ++pair) {
    Simulator simulator(model, 1 + pair);
    const auto before = rates(simulator.side(runs), everything, socklock::analyzer::Measure::kWait);
    const auto after = rates(simulator.side(runs), everything, socklock::analyzer::Measure::kWait);
    welch += holds_one(socklock::analyzer::ratio_of_means(before, after, 0.95)) ? 1U : 0U;
    bca += holds_one(socklock::bench::bca_ratio_of_means(before, after, 0.95, pair)) ? 1U : 0U;
  }
  std::printf("%-10s %4zu | %8.1f %% %9.1f %%\n", model.name.data(), runs, 100.0 * welch / pairs, 100.0 * bca / pairs);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"How honest verdicts are, on simulated runs"};
  unsigned pairs = 4000;
  app.add_option("--pairs", pairs, "pairs of sides a row")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::printf("%-10s %4s %7s %11s | %10s %11s %11s %14s | %10s\n", "load", "runs", "effect", "threshold", "improved",
              "regressed", "unchanged", "inconclusive", "covered");
  for (const RunModel* model : {&kChurnRuns, &kDisturbedRuns, &kDriftingRuns, &kLongerRuns, &kSteadyRuns}) {
    for (const std::size_t runs : {3U, 5U, 8U, 10U}) row(*model, runs, 1, {}, pairs);
    for (const std::size_t runs : {5U, 10U}) row(*model, runs, 0.8, {}, pairs);
    row(*model, 10, 0.5, {}, pairs);
  }
  RunModel quiet = kSteadyRuns;
  quiet.name = "quiet";
  quiet.run_spread = 0.015;
  row(quiet, 10, 0.98, {.confidence = 0.95, .threshold = 0.01, .seed = 1}, pairs);
  std::printf("\n%-10s %4s | %10s %11s\n", "covered", "runs", "Welch", "BCa");
  for (const RunModel* model : {&kChurnRuns, &kDisturbedRuns, &kSteadyRuns})
    for (const std::size_t runs : {5U, 10U, 20U, 40U}) methods_row(*model, runs, pairs);
  return 0;
}
