// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "analyzer/compare/statistics.h"

namespace socklock::bench {

// Ratio of the means of two samples of runs, each of at least 2 positive values, with the bias-corrected and
// accelerated bootstrap interval of 1000 resamplings (Efron 1987; Efron and Tibshirani, An Introduction to the
// Bootstrap, 14.3): the method that verdicts would use if it covered as well as theirs.
analyzer::RatioInterval bca_ratio_of_means(std::span<const double> before, std::span<const double> after,
                                           double confidence, std::uint64_t seed);

}  // namespace socklock::bench
