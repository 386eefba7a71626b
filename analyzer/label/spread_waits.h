// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of waits without a stack, spread over groups by shares: whole waits, and sums that stay exact.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/label/apportion.h"
#include "analyzer/label/attribute_stacks.h"
#include "analyzer/load/wait_table.h"

namespace socklock::analyzer {

class Spreader {
 public:
  // Shares of `groups` add up to 1. Sums what it spreads in `estimate`; both have to outlive it.
  Spreader(const std::vector<EstimateGroup>& groups, Estimate& estimate);

  struct Part {
    std::size_t group;
    std::uint64_t count;
    WaitSums sums;
    std::vector<WaitCell> cells;
  };
  std::vector<Part> spread(const WaitSums& sums, std::span<const WaitCell> cells);

 private:
  [[nodiscard]] std::vector<double> owed_waits(const WaitSums& sums) const;
  void spread_wait(std::vector<Part>& parts, const WaitSums& sums);

  const std::vector<EstimateGroup>& groups_;
  Estimate& estimate_;
  Apportioner count_;
  std::vector<double> given_ns_;
};

}  // namespace socklock::analyzer
