// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/sequential.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace socklock::analyzer {
namespace {

constexpr unsigned kMinRounds = 4;  // fewer can't reach p = 0.05

double spent(double share, double error) {
  const boost::math::normal_distribution<double> normal;
  const double z = quantile(complement(normal, error / 2));
  return 2 * cdf(complement(normal, z / std::sqrt(share)));
}

}  // namespace

std::vector<Look> plan_looks(unsigned rounds, double confidence) {
  std::vector<Look> looks;
  double before = 0;
  for (const unsigned quarter : {2U, 3U, 4U}) {
    const unsigned at = (rounds * quarter + 3) / 4;
    if (quarter < 4 && (at < kMinRounds || at >= rounds)) continue;
    const double now = spent(static_cast<double>(at) / rounds, 1 - confidence);
    looks.push_back({at, 1 - (now - before)});
    before = now;
  }
  return looks;
}

double confidence_of_look(unsigned look, unsigned looks, double confidence) {
  const auto until = [&](unsigned which) {
    return which == 0 ? 0.0 : spent(static_cast<double>(which) / looks, 1 - confidence);
  };
  return 1 - (until(look) - until(look - 1));
}

}  // namespace socklock::analyzer
