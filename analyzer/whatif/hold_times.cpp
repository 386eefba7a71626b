// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/hold_times.h"

#include <algorithm>
#include <cmath>

#include "base/wait_buckets.h"

namespace socklock::analyzer {

HoldTimes HoldTimes::of_cells(std::span<const WaitCell> cells, double mean_ns) {
  HoldTimes times;
  double all = 0, sum_ns = 0;
  for (const WaitCell& cell : cells) all += static_cast<double>(cell.count);
  if (all <= 0) return exponential(mean_ns);
  double below = 0;
  for (const WaitCell& cell : cells) {
    if (cell.count == 0) continue;
    const auto low = static_cast<double>(socklock_wait_bucket_low(cell.bucket));
    const double high = 2 * bucket_middle(cell.bucket) - low;
    below += static_cast<double>(cell.count) / all;
    sum_ns += static_cast<double>(cell.count) / all * (low + high) / 2;
    times.pieces_.push_back({below, low, high});
  }
  times.pieces_.back().below = 1;
  const double scale = sum_ns > 0 && mean_ns > 0 ? mean_ns / sum_ns : 1;
  for (Piece& piece : times.pieces_) {
    piece.low_ns *= scale;
    piece.high_ns *= scale;
  }
  times.sum_up();
  return times;
}

HoldTimes HoldTimes::of_samples(std::vector<double> samples_ns) {
  HoldTimes times;
  std::sort(samples_ns.begin(), samples_ns.end());
  for (std::size_t i = 0; i < samples_ns.size(); ++i)
    times.pieces_.push_back(
        {static_cast<double>(i + 1) / static_cast<double>(samples_ns.size()), samples_ns[i], samples_ns[i]});
  times.sum_up();
  return times;
}

HoldTimes HoldTimes::exponential(double mean_ns) {
  HoldTimes times;
  times.mean_ns_ = mean_ns;
  times.second_moment_ = 2 * mean_ns * mean_ns;
  return times;
}

void HoldTimes::sum_up() {
  double before = 0;
  for (const Piece& piece : pieces_) {
    const double share = piece.below - before;
    before = piece.below;
    mean_ns_ += share * (piece.low_ns + piece.high_ns) / 2;
    // Of a uniform distribution between the two.
    second_moment_ +=
        share * (piece.low_ns * piece.low_ns + piece.low_ns * piece.high_ns + piece.high_ns * piece.high_ns) / 3;
  }
}

double HoldTimes::at(double u) const {
  if (pieces_.empty()) return mean_ns_ > 0 ? -mean_ns_ * std::log1p(-u) : 0;
  const auto found = std::upper_bound(pieces_.begin(), pieces_.end() - 1, u,
                                      [](double value, const Piece& piece) { return value < piece.below; });
  const double from = found == pieces_.begin() ? 0 : (found - 1)->below;
  const double within = found->below > from ? (u - from) / (found->below - from) : 0;
  return found->low_ns + (found->high_ns - found->low_ns) * within;
}

}  // namespace socklock::analyzer
