// SPDX-License-Identifier: GPL-2.0-or-later
// Runs that lie apart from the others of their side. They are named, never left out by themselves: a run that is unlike
// the others may be the one that shows what happens.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace socklock::analyzer {

inline constexpr std::size_t kMinRunsForOutliers = 5;

// Positions of values whose logarithm is more than 3.5 modified z-scores from the median (Iglewicz and Hoaglin 1993,
// "How to detect and handle outliers": 0.6745 times the distance from the median, divided by the median of all such
// distances). None of fewer than kMinRunsForOutliers values, or where one is 0 or half of them are equal.
std::vector<std::size_t> outliers(std::span<const double> values);

}  // namespace socklock::analyzer
