// SPDX-License-Identifier: GPL-2.0-or-later
// The statistics behind a verdict, on plain numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace socklock::analyzer {

// The arithmetic mean; 0 of nothing.
double mean(std::span<const double> values);

// After divided by before, with a confidence interval.
struct RatioInterval {
  double ratio = 1;
  double low = 1;
  double high = 1;
};

// The mean of a sample of at least 2 values, with Student's interval.
struct MeanInterval {
  double mean = 0;
  double low = 0;
  double high = 0;
};
MeanInterval mean_interval(std::span<const double> values, double confidence);

// Ratio of the means of two samples of runs, each of at least 2 positive-mean values: Student's t with
// Welch's degrees of freedom on the log of the ratio, whose variance is var/(n mean^2) of each side
// (half delta method, half log-normal). Its coverage is measured by tests/bench/verdict.
RatioInterval ratio_of_means(std::span<const double> before, std::span<const double> after, double confidence);

// The same of runs that were interleaved, before[i] next to after[i]: what neighbours have in common, a drift of
// the host, is in neither interval nor p. The variance of the log ratio is that of the pairs' own log ratios, or by the
// delta method of the difference of relative values, each of which counts half; n - 1 degrees of freedom.
RatioInterval ratio_of_paired_means(std::span<const double> before, std::span<const double> after, double confidence);
// Two-sided permutation test in which the two of a pair change places (Fisher 1935): exact up to 15 pairs, else by
// as many random ones. n pairs can't go below 2^(1-n).
double paired_permutation_p(std::span<const double> before, std::span<const double> after, std::uint64_t seed);

// A side's events, for the ratio of two rates of rare events. `events` need not be whole: events that come
// in clusters, or weigh unequally, count as the fewer independent ones that would vary as much.
struct RareEvents {
  double events = 0;
  double work = 0;  // above 0
};

// Ratio of the rates, after divided by before, exact where events are few or none: given their sum, the
// events after are binomial (Przyborowski and Wilenski 1940), and the interval of that share is Clopper
// and Pearson's (1934). Without events before, `high` is infinite; without events after, `low` is 0. A
// sum of 0 gives 0 to infinity. `ratio` is 0, infinite or not a number in these cases.
RatioInterval ratio_of_rare_events(RareEvents before, RareEvents after, double confidence);

// Two-sided p of equal rates in the same model: twice the smaller tail of the binomial distribution.
double p_of_rare_events(RareEvents before, RareEvents after);

// The number of independent equal events whose mean would vary from run to run as these values' does, at
// most `events`: the inverse of the relative variance of the mean. `values` of fewer than 2 runs say
// nothing: `events`.
double effective_events(std::span<const double> values, double events);

// Two-sided permutation test of equal means: exact up to 50 000 ways to deal the runs out, else by as
// many random ones. 3 + 3 runs can't go below 0.1.
double permutation_p(std::span<const double> before, std::span<const double> after, std::uint64_t seed);

// One run as a series of intervals: value and work done in each.
struct IntervalSeries {
  std::vector<double> value;
  std::vector<double> work;
};

struct BootstrapRatio {
  RatioInterval interval;
  double p = 1;
};

// Ratio of the sides' mean rates (value per work) with a moving-block bootstrap over the intervals of each
// run; says nothing of how runs vary. Nothing when a side has fewer than 4 intervals or no value or work.
std::optional<BootstrapRatio> bootstrap_ratio(std::span<const IntervalSeries> before,
                                              std::span<const IntervalSeries> after, double confidence,
                                              std::uint64_t seed);

// q-values of Benjamini and Hochberg (1995), in the order of `p`; nothing stays nothing.
std::vector<std::optional<double>> false_discovery_rates(std::span<const std::optional<double>> p);

// More runs a side than there are, with which an effect of this size would be distinguished from both ends of 1 +-
// threshold, given the relative spread of the runs; nothing when 1000 would not do.
std::optional<unsigned> pairs_to_decide(std::span<const double> before, std::span<const double> after, double threshold,
                                        double confidence);  // of interleaved runs
std::optional<unsigned> runs_to_decide(std::span<const double> before, std::span<const double> after, double threshold,
                                       double confidence);

}  // namespace socklock::analyzer
