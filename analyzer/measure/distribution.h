// SPDX-License-Identifier: GPL-2.0-or-later
// The distribution of waits in bins wide enough to look at.
#pragma once

#include <vector>

#include "analyzer/measure/wait_stats.h"

namespace socklock::analyzer {

struct DistributionBin {
  double low_ns = 0;
  double high_ns = 0;
  double share = 0;  // of all waits
};

// Two bins an octave, from the first to the last that is not empty; nothing without waits. A histogram
// bucket counts where its middle lies.
std::vector<DistributionBin> distribution(const WaitStats& stats);

// The share of waits that were at most so long.
struct CumulativePoint {
  double ns = 0;
  double share = 0;
};
// A point for the upper end of each histogram bucket that is not empty, ascending to a share of 1.
std::vector<CumulativePoint> cumulative(const WaitStats& stats);

}  // namespace socklock::analyzer
