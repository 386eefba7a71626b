// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/bca.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <random>
#include <vector>

namespace socklock::bench {
namespace {

constexpr std::size_t kResamplings = 1000;

double resampled_mean(std::span<const double> values, std::mt19937_64& random) {
  std::uniform_int_distribution<std::size_t> any(0, values.size() - 1);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[any(random)];
  return sum / static_cast<double>(values.size());
}

struct Moments {
  double squares = 0;
  double cubes = 0;
};

// How much each run draws the log of its side's mean, by leaving it out.
Moments influences(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  const double sum = analyzer::mean(values) * n;
  std::vector<double> without;
  for (const double value : values) without.push_back(std::log((sum - value) / (n - 1)));
  const double middle = analyzer::mean(without);
  Moments moments;
  for (const double log : without) {
    const double influence = (n - 1) * (middle - log) / n;
    moments.squares += influence * influence;
    moments.cubes += influence * influence * influence;
  }
  return moments;
}

}  // namespace

analyzer::RatioInterval bca_ratio_of_means(std::span<const double> before, std::span<const double> after,
                                           double confidence, std::uint64_t seed) {
  const double log_ratio = std::log(analyzer::mean(after) / analyzer::mean(before));
  std::mt19937_64 random(seed);
  std::vector<double> logs;
  for (std::size_t i = 0; i < kResamplings; ++i)
    logs.push_back(std::log(resampled_mean(after, random) / resampled_mean(before, random)));
  std::sort(logs.begin(), logs.end());

  const boost::math::normal normal;
  const auto below = std::lower_bound(logs.begin(), logs.end(), log_ratio) - logs.begin();
  const double bias = quantile(normal, std::clamp(static_cast<double>(below) / double{kResamplings}, 0.001, 0.999));
  const Moments b = influences(before), a = influences(after);
  const double acceleration = (a.cubes - b.cubes) / (6 * std::pow(a.squares + b.squares, 1.5));
  const auto end = [&](double probability) {
    const double z = bias + quantile(normal, probability);
    const double share = cdf(normal, bias + z / (1 - acceleration * z));
    return logs[std::min(static_cast<std::size_t>(share * double{kResamplings}), kResamplings - 1)];
  };
  return {std::exp(log_ratio), std::exp(end((1 - confidence) / 2)), std::exp(end((1 + confidence) / 2))};
}

}  // namespace socklock::bench
