// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fleet/fleet_simulation.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "analyzer/compare/difference_in_differences.h"

namespace socklock::fleet {
namespace {

using analyzer::HostChange;
using analyzer::HostWait;

class Simulation {
 public:
  explicit Simulation(const FleetOfTruth& truth) : truth_(truth), engine_(truth.seed) {}

  std::vector<HostChange> fleet() {
    std::vector<HostChange> hosts;
    const double common = 0.2 * normal();
    for (unsigned i = 0; i < truth_.canaries + truth_.controls; ++i) {
      const bool is_canary = i < truth_.canaries;
      const double level = normal(), own = truth_.own_change * normal();
      const bool is_idle = std::uniform_real_distribution<double>(0, 1)(engine_) < truth_.idle;
      const double change = common + own + (is_canary ? std::log(truth_.effect) : 0);
      hosts.push_back({"h" + std::to_string(i), is_canary, window(level, is_idle), window(level + change, is_idle)});
    }
    return hosts;
  }

 private:
  static constexpr double kBurst = 0.7, kCorrelation = 0.9;

  double normal() { return normal_(engine_); }

  HostWait window(double level, bool is_idle) {
    constexpr double kWaitNs = 10'000, kContentionsAMinute = 200;
    HostWait wait;
    double noise = normal();
    for (unsigned i = 0; i < truth_.minutes; ++i) {
      noise = kCorrelation * noise + std::sqrt(1 - kCorrelation * kCorrelation) * normal();
      wait.contentions += kContentionsAMinute * std::exp(level + kBurst * noise - kBurst * kBurst / 2);
      wait.work += 1;
    }
    if (is_idle) wait.contentions = std::poisson_distribution<int>(wait.contentions / 20'000)(engine_);
    wait.wait_ns = kWaitNs * wait.contentions;
    return wait;
  }

  const FleetOfTruth& truth_;
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
};

}  // namespace

Honesty simulate(const FleetOfTruth& truth) {
  Simulation simulation(truth);
  Honesty honesty;
  const double share = 1.0 / truth.fleets;
  unsigned estimates = 0;
  for (unsigned i = 0; i < truth.fleets; ++i) {
    const auto hosts = simulation.fleet();
    const auto effect = analyzer::difference_in_differences(hosts, {0.95, truth.seed + i, truth.random_deals});
    if (!effect.low) continue;
    const double high = effect.high.value_or(INFINITY);
    const bool excludes = *effect.low > 1 || high < 1, is_rare = effect.p && *effect.p <= 0.05;
    honesty.by_interval += excludes ? share : 0;
    honesty.by_permutation += is_rare ? share : 0;
    honesty.by_both += excludes && is_rare ? share : 0;
    honesty.coverage += *effect.low <= truth.effect && truth.effect <= high ? share : 0;
    if (effect.ratio && *effect.ratio > 0) {
      honesty.mean_ratio += std::log(*effect.ratio);
      ++estimates;
    }
  }
  honesty.mean_ratio = estimates > 0 ? std::exp(honesty.mean_ratio / estimates) : 0;
  return honesty;
}

}  // namespace socklock::fleet
