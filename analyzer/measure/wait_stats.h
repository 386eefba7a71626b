// SPDX-License-Identifier: GPL-2.0-or-later
// Sums, extremes and distribution of some waits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "analyzer/load/wait_table.h"
#include "base/wait_buckets.h"

namespace socklock::analyzer {

struct WaitStats {
  WaitSums sums;
  std::array<std::uint64_t, SOCKLOCK_WAIT_BUCKETS> histogram{};

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
