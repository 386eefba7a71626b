// SPDX-License-Identifier: GPL-2.0-or-later
// Simulated fleets with a known truth: how often verdicts over hosts are false, and how often intervals cover.
#pragma once

#include <cstdint>

namespace socklock::fleet {

struct FleetOfTruth {
  unsigned canaries = 10, controls = 90;
  double own_change = 0.1;  // sd of what hosts do by themselves, of the log
  double effect = 1;        // after divided by before, of canaries, beyond the controls
  unsigned minutes = 60;    // in each window
  unsigned fleets = 2000;
  double idle = 0;  // share of hosts that hardly ever wait
  unsigned random_deals = 499;
  std::uint64_t seed = 42;
};

struct Honesty {
  double by_interval = 0;     // share of fleets whose interval excludes no change
  double by_permutation = 0;  // ... whose p is at most 0.05
  double by_both = 0;         // ... of which both: what a verdict needs
  double coverage = 0;        // share of intervals that cover the truth
  double mean_ratio = 0;      // geometric, of the estimates
};

// Hosts differ by a log-normal level (sd 1), minutes of a host are correlated (0.9), a shift is common to all.
Honesty simulate(const FleetOfTruth& truth);

}  // namespace socklock::fleet
