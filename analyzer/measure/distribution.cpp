// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/distribution.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace socklock::analyzer {

std::vector<DistributionBin> distribution(const WaitStats& stats) {
  std::map<int, double> counts;
  double all = 0;
  for (unsigned bucket = 0; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket) {
    const auto count = static_cast<double>(stats.histogram[bucket]);
    if (count == 0) continue;
    counts[static_cast<int>(std::floor(2 * std::log2(std::max(1.0, bucket_middle(bucket)))))] += count;
    all += count;
  }
  std::vector<DistributionBin> bins;
  if (counts.empty()) return bins;
  for (int bin = counts.begin()->first; bin <= counts.rbegin()->first; ++bin) {
    const auto found = counts.find(bin);
    bins.push_back({std::exp2(bin / 2.0), std::exp2((bin + 1) / 2.0), found == counts.end() ? 0 : found->second / all});
  }
  return bins;
}

std::vector<CumulativePoint> cumulative(const WaitStats& stats) {
  const auto all = static_cast<double>(stats.histogram.total());
  std::vector<CumulativePoint> points;
  double sum = 0;
  for (unsigned bucket = 0; bucket < SOCKLOCK_WAIT_BUCKETS; ++bucket) {
    if (stats.histogram[bucket] == 0) continue;
    sum += static_cast<double>(stats.histogram[bucket]);
    points.push_back({std::max(1.0, static_cast<double>(socklock_wait_bucket_low(bucket + 1))), sum / all});
  }
  return points;
}

}  // namespace socklock::analyzer
