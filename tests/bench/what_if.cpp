// SPDX-License-Identifier: GPL-2.0-or-later
// what_if_study [VISITS [RUNS [MODEL_VISITS]]]: every case of the study, estimated and true, and how many intervals
// hold the truth. The model factors of analyzer/whatif/outlook.h are taken from this list.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

#include "tests/support/what_if_study.h"

namespace {

using socklock::testing::StudyResult;

struct Row {
  std::vector<StudyResult> given;
  unsigned refused = 0;
};

void print_rows(const std::map<unsigned, Row>& rows) {
  for (const auto& [number, row] : rows) {
    double worst = 1;
    unsigned inside = 0, close = 0, twice = 0;
    for (const StudyResult& result : row.given) {
      worst = std::max({worst, result.ratio(), 1 / result.ratio()});
      inside += result.inside() ? 1U : 0U;
      close += result.within(1.25) ? 1U : 0U;
      twice += result.within(2) ? 1U : 0U;
    }
    fmt::print("  row {}: {} estimated, {} refused; within 1.25x {}, within 2x {}, worst {:.2f}x; intervals hold {}\n",
               number, row.given.size(), row.refused, close, twice, worst, inside);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto visits = static_cast<std::uint64_t>(argc > 1 ? std::atoll(argv[1]) : 100'000);
  const auto runs = static_cast<unsigned>(argc > 2 ? std::atoi(argv[2]) : 6);
  const auto model_visits = static_cast<std::uint64_t>(argc > 3 ? std::atoll(argv[3]) : 200'000);
  for (const bool level2 : {true, false}) {
    std::map<unsigned, Row> rows;
    std::uint64_t seed = 1;
    for (const auto& of : socklock::testing::study_cases(level2, visits)) {
      const StudyResult result = socklock::testing::study(of, runs, seed++, model_visits);
      fmt::print("level {} row {} {:<52} ", level2 ? 2 : 1, result.row, result.name);
      if (result.refused) {
        fmt::print("refused ({}), true {:.3f}\n", result.reason, result.truth);
        ++rows[result.row].refused;
        continue;
      }
      fmt::print("{} {:.4f} ({:.4f} .. {:.4f}) true {:.4f}: {:.2f}x {}\n", result.is_closed ? "closed" : "other ",
                 result.estimated, result.low, result.high, result.truth, result.ratio(),
                 result.inside() ? "inside" : "OUTSIDE");
      rows[result.row].given.push_back(result);
    }
    fmt::print("level {}, {} runs of {} visits:\n", level2 ? 2 : 1, runs, visits);
    print_rows(rows);
  }
  return 0;
}
