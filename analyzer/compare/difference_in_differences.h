// SPDX-License-Identifier: GPL-2.0-or-later
// What a change did to the hosts that have it, beyond what happened to all: hosts are the units, never minutes, and
// each is compared with itself. Effect: exp of the difference of the groups' mean changes in the log of wait per work.
// tests/bench/fleet_verdict and fleet_honesty_test have its false verdicts and coverage.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace socklock::analyzer {

// One window of one host.
struct HostWait {
  double wait_ns = 0;
  double contentions = 0;
  double work = 0;  // above 0
};

struct HostChange {
  std::string unit;  // the host; with a unit of replication that of several: sums of a unit are taken first
  bool is_canary = false;
  HostWait before, after;
};

enum class DidMethod : std::uint8_t {
  kHosts,     // Welch's t on the hosts' changes, permutation of the labels
  kOneHost,   // one canary: its place among the controls
  kRare,      // so many hosts waited so little that no change of a host can be had: bound of pooled contentions
  kNotEnough  // fewer than 2 controls, or no canary, or nothing waited for
};

// After divided by before, of canaries relative to controls.
struct DidEffect {
  DidMethod method = DidMethod::kNotEnough;
  std::optional<double> ratio, low, high;  // no `high` beside a `low`: no upper bound
  std::optional<double> p;
  double least_p = 1;                                 // the smallest that so many hosts could give
  std::optional<double> canary_ratio, control_ratio;  // of a typical host of each group
  // Sum of all waits divided by all work: no verdict hangs on it.
  std::optional<double> total_ratio;
  std::size_t canaries = 0, controls = 0;                                       // units
  std::size_t without_waits = 0;                                                // units that had none in a window
  std::vector<std::pair<std::string, double>> canary_changes, control_changes;  // log ratios by unit

  // Where most of what a host changed to is the half wait that stands for none, no host is typical.
  [[nodiscard]] bool has_typical_hosts() const { return canary_ratio && control_ratio && method != DidMethod::kRare; }
};

struct DidOptions {
  double confidence = 0.95;
  std::uint64_t seed = 1;
  unsigned random_deals = 20'000;
};

DidEffect difference_in_differences(std::span<const HostChange> hosts, const DidOptions& options);

// Whether the groups moved apart before there was a change: p of the halves of the window before.
std::optional<double> placebo_p(std::span<const HostChange> halves, const DidOptions& options);

// The smallest p of a two-sided permutation test with so many units on each side.
double least_permutation_p(std::size_t canaries, std::size_t controls);
// With how many canaries, beside so many controls, a p of `alpha` can be had; nothing: with none.
std::optional<std::size_t> canaries_for(std::size_t controls, double alpha);

}  // namespace socklock::analyzer
