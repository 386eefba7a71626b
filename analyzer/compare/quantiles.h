// SPDX-License-Identifier: GPL-2.0-or-later
// Quantiles of the wait times of a side, and how far runs agree on them.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace socklock::analyzer {

struct LabelledRun;

struct Quantile {
  double q = 0;   // 0.5: the median
  double ns = 0;  // of all waits together, as every report has it
  // By the jackknife over runs (Efron and Stein 1981), of the logarithm; absent with fewer than kMinRuns.
  std::optional<double> low_ns;
  std::optional<double> high_ns;
};

// p50, p90, p99 and p99.9; none without waits. Runs without waits are left out.
std::vector<Quantile> quantiles(std::span<const LabelledRun> runs, double confidence);

}  // namespace socklock::analyzer
