// SPDX-License-Identifier: GPL-2.0-or-later
// How honest verdicts over hosts are: ./dev bench fleet-verdict.
#include <fmt/format.h>

#include <cstdlib>

#include "tests/fleet/fleet_simulation.h"

int main(int argc, char** argv) {
  using namespace socklock::fleet;
  const auto fleets = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 2000);
  fmt::print(
      "Simulated fleets, 5% and 95% promised; own change: what hosts do by themselves (sd of the log)\n"
      "{:>9} {:>10} | {:>11} {:>11} {:>11} {:>11} | {:>11} {:>11}\n",
      "hosts", "own change", "false: both", "interval", "p", "coverage", "-20%: found", "coverage");
  constexpr unsigned kSizes[][2] = {{1, 60}, {3, 3}, {5, 50}, {10, 10}, {10, 90}, {30, 30}, {100, 900}};
  for (const auto& size : kSizes)
    for (const double own : {0.1, 0.3}) {
      FleetOfTruth truth{.canaries = size[0], .controls = size[1], .own_change = own};
      truth.fleets = size[0] + size[1] > 500 ? fleets / 8 : fleets;
      const Honesty nothing = simulate(truth);
      truth.effect = 0.8;
      const Honesty fifth = simulate(truth);
      fmt::print("{:>4}+{:<4} {:>10} | {:>10.1f}% {:>10.1f}% {:>10.1f}% {:>10.1f}% | {:>10.1f}% {:>10.1f}%\n", size[0],
                 size[1], own, 100 * nothing.by_both, 100 * nothing.by_interval, 100 * nothing.by_permutation,
                 100 * nothing.coverage, 100 * fifth.by_both, 100 * fifth.coverage);
      std::fflush(stdout);
    }
  return 0;
}
