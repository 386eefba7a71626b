// SPDX-License-Identifier: GPL-2.0-or-later
// From two sides and a slice to an effect, and from an effect to a verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/compare/sides.h"

namespace socklock::analyzer {

// The last two are of single runs, which are described and not judged: what differs between them may be what differs
// between any two runs.
enum class Verdict : std::uint8_t { kImproved, kRegressed, kUnchanged, kInconclusive, kDiffers, kNotJudged };
std::string_view name_of(Verdict verdict);
// Whether the runs decided the question.
bool is_decided(Verdict verdict);

struct Criteria {
  double confidence = 0.95;
  double threshold = 0.05;  // changes smaller than this share don't matter
  std::uint64_t seed = 1;
};

// After divided by before. What could not be estimated is absent.
struct Effect {
  std::optional<double> ratio;  // absent where the before side has nothing
  std::optional<double> low;
  std::optional<double> high;  // absent beside a `low`: the runs set no upper bound
  std::optional<double> p;
  std::optional<double> q;            // of all slices tested together
  std::optional<unsigned> runs_more;  // runs a side that would decide, where the verdict is inconclusive
};

// With fewer runs on a side intervals of runs are the sampling unit, how runs vary is not covered, and nothing is
// judged.
inline constexpr std::size_t kMinRuns = 3;
// With 3 and 3 runs no permutation can be rarer than p = 0.1. With 4 and 4 the headline can be decided (0.029), but no
// row of a table of two; with so many rows can be (0.008).
inline constexpr unsigned kRunsThatDecide = 5;
// Slices with fewer contentions on both sides together are not tested.
inline constexpr std::uint64_t kMinContentions = 10;
// With fewer on a side the normal approximation does not hold: the interval covers that of rare events too.
inline constexpr double kFewContentions = 30;

// What is compared.
struct Question {
  SliceId slice;
  Measure measure = Measure::kWait;
  WorkUnit unit = WorkUnit::kSeconds;
};

Effect estimate(const Side& before, const Side& after, const Taxonomy& taxonomy, const Question& question,
                const Criteria& criteria);

// Needs the whole interval beyond the threshold and `significance` (the effect's p or q) at most
// 1 - confidence.
Verdict judge(const Effect& effect, std::optional<double> significance, const Criteria& criteria);

// Of fewer than kMinRuns runs on a side: whether they differ, by the same criteria.
Verdict describe(const Effect& effect, std::optional<double> significance, const Criteria& criteria);

}  // namespace socklock::analyzer
