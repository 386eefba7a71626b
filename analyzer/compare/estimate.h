// SPDX-License-Identifier: GPL-2.0-or-later
// From two sides and a slice to an effect, and from an effect to a verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/compare/sides.h"

namespace socklock::analyzer {

enum class Verdict : std::uint8_t { kImproved, kRegressed, kUnchanged, kInconclusive };
std::string_view name_of(Verdict verdict);

struct Criteria {
  double confidence = 0.95;
  double threshold = 0.05;  // changes smaller than this share don't matter
  std::uint64_t seed = 1;
};

// After divided by before. What could not be estimated is absent.
struct Effect {
  std::optional<double> ratio;  // absent where the before side has nothing
  std::optional<double> low;
  std::optional<double> high;  // absent beside a `low`: no upper bound, since the before side has nothing
  std::optional<double> p;
  std::optional<double> q;            // of all slices tested together
  std::optional<unsigned> runs_more;  // runs a side that would decide, where the verdict is inconclusive
};

// Fewer runs than this on a side: intervals of runs are the sampling unit, and how runs vary is not covered.
inline constexpr std::size_t kMinRuns = 3;
// Slices with fewer contentions on both sides together are not tested.
inline constexpr std::uint64_t kMinContentions = 10;
// With fewer on a side the normal approximation does not hold: the interval covers that of rare events too.
inline constexpr double kFewContentions = 30;

Effect estimate(const Side& before, const Side& after, const Taxonomy& taxonomy, SliceId slice, Measure measure,
                WorkUnit unit, const Criteria& criteria);

// Needs the whole interval beyond the threshold and `significance` (the effect's p or q) at most
// 1 - confidence.
Verdict judge(const Effect& effect, std::optional<double> significance, const Criteria& criteria);

}  // namespace socklock::analyzer
