// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/wait_stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace socklock::analyzer {

void Histogram::add(unsigned bucket, std::uint64_t count) {
  if (count == 0) return;
  if (counts_.empty()) first_ = bucket;
  if (bucket < first_) {
    counts_.insert(counts_.begin(), first_ - bucket, 0);
    first_ = bucket;
  }
  if (bucket - first_ >= counts_.size()) counts_.resize(bucket - first_ + 1);
  counts_[bucket - first_] += count;
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < other.counts_.size(); ++i) add(other.first_ + static_cast<unsigned>(i), other.counts_[i]);
}

std::uint64_t Histogram::total() const { return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}); }

void WaitStats::add(const WaitSums& other, std::span<const WaitCell> cells) {
  sums.add(other);
  for (const WaitCell& cell : cells) histogram.add(cell.bucket, cell.count);
}

void WaitStats::add(const WaitStats& other) {
  sums.add(other.sums);
  histogram.add(other.histogram);
}

bool WaitStats::knows_lengths() const { return histogram.total() > 0; }

double WaitStats::mean_ns() const {
  const std::uint64_t timed = sums.contentions - sums.untimed;
  return timed == 0 ? 0 : static_cast<double>(sums.wait_ns) / static_cast<double>(timed);
}

double WaitStats::quantile_ns(double q) const {
  const std::uint64_t waits = histogram.total();
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
