// SPDX-License-Identifier: GPL-2.0-or-later
// How long a lock is held: a distribution to draw from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/load/wait_table.h"

namespace socklock::analyzer {

class HoldTimes {
 public:
  HoldTimes() = default;  // all are 0
  // Of a histogram (base/wait_buckets.h), evenly within a bucket, scaled so that their mean is `mean_ns`.
  static HoldTimes of_cells(std::span<const WaitCell> cells, double mean_ns);
  // Of single hold times, ns, each as likely as the others.
  static HoldTimes of_samples(std::vector<double> samples_ns);
  // Where only the mean is known.
  static HoldTimes exponential(double mean_ns);

  [[nodiscard]] double mean_ns() const { return mean_ns_; }
  // What is left of a hold that somebody meets who comes at any time: E[H²] / 2E[H], ns; 0 where there is no hold.
  [[nodiscard]] double residual_ns() const { return mean_ns_ > 0 ? second_moment_ / (2 * mean_ns_) : 0; }
  [[nodiscard]] double second_moment_ns2() const { return second_moment_; }
  // `u` from 0 to below 1 becomes the hold time at that quantile, ns.
  [[nodiscard]] double at(double u) const;

 private:
  struct Piece {
    double below = 0;  // share of holds up to and with this piece
    double low_ns = 0, high_ns = 0;
  };
  void sum_up();

  std::vector<Piece> pieces_;  // empty: exponential with mean_ns_
  double mean_ns_ = 0;
  double second_moment_ = 0;
};

}  // namespace socklock::analyzer
