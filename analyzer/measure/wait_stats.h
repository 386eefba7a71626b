// SPDX-License-Identifier: GPL-2.0-or-later
// Sums, extremes and distribution of some waits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/load/wait_table.h"
#include "base/wait_buckets.h"

namespace socklock::analyzer {

// Counts by bucket (base/wait_buckets.h). It has room for those between the lowest and the highest that has any: of
// what is counted apart, a lock of some 100,000, most had one wait.
class Histogram {
 public:
  void add(unsigned bucket, std::uint64_t count);
  void add(const Histogram& other);

  [[nodiscard]] std::uint64_t operator[](unsigned bucket) const {
    return bucket >= first_ && bucket - first_ < counts_.size() ? counts_[bucket - first_] : 0;
  }
  [[nodiscard]] std::uint64_t total() const;
  bool operator==(const Histogram& other) const = default;

 private:
  unsigned first_ = 0;
  std::vector<std::uint64_t> counts_;  // neither begins nor ends with 0
};

struct WaitStats {
  WaitSums sums;
  Histogram histogram;

  void add(const WaitSums& other, std::span<const WaitCell> cells);
  void add(const WaitStats& other);

  // Whether any of them is in the histogram: else there are no quantiles.
  [[nodiscard]] bool knows_lengths() const;
  // Of waits whose length is known; ns; 0 where there were none.
  [[nodiscard]] double mean_ns() const;
  // `q` from 0 to 1; within 1/16 of the wait at that rank, because the histogram's buckets are that wide.
  [[nodiscard]] double quantile_ns(double q) const;
};

}  // namespace socklock::analyzer
