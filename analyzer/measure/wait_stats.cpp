// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/wait_stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace socklock::analyzer {
void WaitStats::add(const WaitSums& other, std::span<const WaitCell> cells) {
  sums.add(other);
  for (const WaitCell& cell : cells) histogram[cell.bucket] += cell.count;
}

void WaitStats::add(const WaitStats& other) {
  sums.add(other.sums);
  for (std::size_t i = 0; i < histogram.size(); ++i) histogram[i] += other.histogram[i];
}

bool WaitStats::knows_lengths() const {
  return std::any_of(histogram.begin(), histogram.end(), [](std::uint64_t waits) { return waits > 0; });
}

double WaitStats::mean_ns() const {
  const std::uint64_t timed = sums.contentions - sums.untimed;
  return timed == 0 ? 0 : static_cast<double>(sums.wait_ns) / static_cast<double>(timed);
}

double WaitStats::quantile_ns(double q) const {
  const std::uint64_t waits = std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
  if (waits == 0) return 0;
  const auto rank =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(waits))), 1, waits);
  std::uint64_t seen = 0;
  unsigned bucket = 0;
  while ((seen += histogram[bucket]) < rank) ++bucket;
  return std::clamp(bucket_middle(bucket), static_cast<double>(sums.wait_min_ns),
                    static_cast<double>(sums.wait_max_ns));
}

}  // namespace socklock::analyzer
