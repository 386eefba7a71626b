// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/outliers.h"

#include <algorithm>
#include <cmath>

namespace socklock::analyzer {
namespace {

constexpr double kNormalQuartile = 0.6745;  // of a normal variable, in standard deviations
constexpr double kFarAway = 3.5;

double median_of(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

std::vector<std::size_t> outliers(std::span<const double> values) {
  std::vector<std::size_t> found;
  if (values.size() < kMinRunsForOutliers) return found;
  std::vector<double> logs, distances;
  for (const double value : values) {
    if (!(value > 0)) return found;
    logs.push_back(std::log(value));
  }
  const double middle = median_of(logs);
  for (const double value : logs) distances.push_back(std::abs(value - middle));
  const double spread = median_of(distances);
  if (spread <= 0) return found;
  for (std::size_t i = 0; i < logs.size(); ++i)
    if (kNormalQuartile * distances[i] > kFarAway * spread) found.push_back(i);
  return found;
}

}  // namespace socklock::analyzer
