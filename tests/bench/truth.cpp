// SPDX-License-Identifier: GPL-2.0-or-later
// How often the ± of sampled stacks holds the truth, and how far off estimates are in the mean: recordings with the
// stack of every wait, sampled over and over again as the recorder would have.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "tests/support/truth_study.h"

using namespace socklock::testing;

namespace {

std::string percent(double part, double whole) {
  return whole > 0 ? fmt::format("{:5.1f}%", 100 * part / whole) : "  –  ";
}

void print_row(const std::string& load, const std::string& kind, const Coverage& c) {
  fmt::print("{:<18} {:<11} {:>7} {:>8} {:>8} {:>9} {:>9} {:>9} {:>10} {:>8}\n", load, kind, c.slices,
             percent(c.count_covered, c.slices), percent(c.wait_covered, c.slices), percent(c.exact, c.slices),
             percent(c.exact_right, c.exact), percent(c.unseen_waits, c.waits), percent(c.width, c.wide),
             percent(c.own_covered, c.own));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"How honest the ± of sampled stacks is"};
  std::vector<std::string> paths;
  unsigned seeds = 60, bits = 6;
  bool show_slices = false;
  app.add_option("traces", paths, "recorded with --stacks all")->required();
  app.add_option("--seeds", seeds, "samples of each trace")->capture_default_str();
  app.add_option("--rate-bits", bits, "one in 2^n waits gets a stack")->capture_default_str();
  app.add_flag("--slices", show_slices, "every slice of 200 waits and more");
  CLI11_PARSE(app, argc, argv);
  fmt::print("{:<18} {:<11} {:>7} {:>8} {:>8} {:>9} {:>9} {:>9} {:>10} {:>8}\n", "load", "slices by", "n", "waits in",
             "ns in", "exact", "so right", "unseen", "± / waits", "own ±");
  std::map<std::string, Coverage> total;
  std::vector<std::string> biased;
  for (const std::string& path : paths) {
    const auto study = study_truth(path, seeds, bits);
    if (!study) {
      fmt::print(stderr, "truth: {}: {}\n", path, study.error().message());
      return 3;
    }
    for (const auto& [kind, coverage] : study->by_kind) {
      print_row(study->label, kind, coverage);
      total[kind].add(coverage);
    }
    for (const SliceTruth& slice : study->slices) {
      const double bias = slice.mean_estimate / slice.truth - 1;
      const double noise = 2.6 * slice.sd / std::sqrt(seeds) / slice.truth;
      if (show_slices || std::abs(bias) > 0.05 + noise)
        biased.push_back(fmt::format("{:<18} {:<11} {:<34} truth {:>6.0f} bias {:+6.1f}% (±{:.1f}%) waits in {}",
                                     study->label, slice.kind, slice.name, slice.truth, 100 * bias, 100 * noise,
                                     percent(slice.covered, seeds)));
    }
  }
  for (const auto& [kind, coverage] : total) print_row("all", kind, coverage);
  fmt::print("\n{} slices of 200 waits and more{}\n", biased.size(),
             show_slices ? "" : " are off by more than 5% in the mean");
  for (const std::string& line : biased) fmt::print("{}\n", line);
  return 0;
}
