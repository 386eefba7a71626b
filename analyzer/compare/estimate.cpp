// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/estimate.h"
#include "analyzer/compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace socklock::analyzer {
namespace {

// Ends beyond these only say that the runs set no bound there.
constexpr double kLeastBound = 1e-4;
constexpr double kLargestBound = 1e4;

void set_interval(Effect& effect, const RatioInterval& interval) {
  effect.low = interval.low < kLeastBound ? 0 : interval.low;
  if (interval.high <= kLargestBound) effect.high = interval.high;
}

double contentions(const Side& side, SliceId slice) {
  return static_cast<double>(pooled(side, slice).sums.contentions);
}

double work(const Side& side) {
  return std::accumulate(side.begin(), side.end(), 0.0,
                         [](double sum, const RunMeasures& run) { return sum + run.work; });
}

// For a slice of which a side has few contentions or none. Where it has none, the ratio says how seldom
// waits became, not how long they would have been: so it is by contentions that runs are told to vary, whatever
// the measure.
struct FewEvents {
  RareEvents before;
  RareEvents after;
};
FewEvents few_events(const Side& before, const Side& after, SliceId slice, Measure measure) {
  const bool none = contentions(before, slice) == 0 || contentions(after, slice) == 0;
  const auto events = [&](const Side& side) {
    const auto varying = rates(side, slice, none ? Measure::kContentions : measure);
    return RareEvents{effective_events(varying, contentions(side, slice)), work(side)};
  };
  return {events(before), events(after)};
}

// Wide enough for both ways to see it, around the ratio of `one`: what differs between the two is how long
// a contention lasts on each side.
RatioInterval hull(const RatioInterval& one, const RatioInterval& other) {
  const double scale = one.ratio / other.ratio;
  return {one.ratio, std::min(one.low, other.low * scale), std::max(one.high, other.high * scale)};
}

std::vector<double> in_order(const std::vector<double>& values, const std::vector<std::size_t>& order) {
  std::vector<double> ordered;
  for (const std::size_t at : order) ordered.push_back(values[at]);
  return ordered;
}

Effect estimate_from_runs(const Side& before, const Side& after, const Question& question, const Criteria& criteria) {
  const auto [slice, measure, unit] = question;
  Effect effect;
  std::vector<double> b = rates(before, slice, measure);
  std::vector<double> a = rates(after, slice, measure);
  const auto turns = interleaving_of(before, after);
  if (turns) {
    b = in_order(b, turns->before);
    a = in_order(a, turns->after);
  }
  effect.p = turns ? paired_permutation_p(b, a, criteria.seed) : permutation_p(b, a, criteria.seed);
  const bool both = mean(b) > 0 && mean(a) > 0;
  const bool few = std::min(contentions(before, slice), contentions(after, slice)) < kFewContentions;
  RatioInterval interval;
  if (both)
    interval = turns ? ratio_of_paired_means(b, a, criteria.confidence) : ratio_of_means(b, a, criteria.confidence);
  if (few) {
    const FewEvents events = few_events(before, after, slice, measure);
    const RatioInterval rare = ratio_of_rare_events(events.before, events.after, criteria.confidence);
    interval = both ? hull(interval, rare) : rare;
  }
  set_interval(effect, interval);
  effect.runs_more = turns ? pairs_to_decide(b, a, criteria.threshold, criteria.confidence)
                           : runs_to_decide(b, a, criteria.threshold, criteria.confidence);
  return effect;
}

Effect estimate_from_intervals(const Side& before, const Side& after, const Taxonomy& taxonomy,
                               const Question& question, const Criteria& criteria) {
  const auto [slice, measure, unit] = question;
  Effect effect;
  if (contentions(before, slice) == 0 || contentions(after, slice) == 0) {
    const FewEvents events = few_events(before, after, slice, measure);
    set_interval(effect, ratio_of_rare_events(events.before, events.after, criteria.confidence));
    effect.p = p_of_rare_events(events.before, events.after);
    return effect;
  }
  const auto b = interval_series(before, taxonomy, slice, measure, unit);
  const auto a = interval_series(after, taxonomy, slice, measure, unit);
  const auto resampled = bootstrap_ratio(b, a, criteria.confidence, criteria.seed);
  if (!resampled) return effect;
  set_interval(effect, resampled->interval);
  effect.p = resampled->p;
  return effect;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kImproved: return "improved";
    case Verdict::kRegressed: return "regressed";
    case Verdict::kUnchanged: return "unchanged";
    case Verdict::kInconclusive: return "inconclusive";
    case Verdict::kDiffers: return "differs";
    case Verdict::kNotJudged: return "not judged";
  }
  return "";
}

bool is_decided(Verdict verdict) {
  return verdict == Verdict::kImproved || verdict == Verdict::kRegressed || verdict == Verdict::kUnchanged;
}

Effect estimate(const Side& before, const Side& after, const Taxonomy& taxonomy, const Question& question,
                const Criteria& criteria) {
  const SliceId slice = question.slice;
  Effect effect;
  if (pooled(before, slice).sums.contentions + pooled(after, slice).sums.contentions >= kMinContentions)
    effect = std::min(before.size(), after.size()) >= kMinRuns
                 ? estimate_from_runs(before, after, question, criteria)
                 : estimate_from_intervals(before, after, taxonomy, question, criteria);
  const double b = mean(rates(before, slice, question.measure));
  if (b > 0) effect.ratio = mean(rates(after, slice, question.measure)) / b;
  return effect;
}

Verdict judge(const Effect& effect, std::optional<double> significance, const Criteria& criteria) {
  if (!effect.low) return Verdict::kInconclusive;
  const double high = effect.high.value_or(std::numeric_limits<double>::infinity());
  const double smallest = 1 - criteria.threshold, largest = 1 + criteria.threshold;
  const bool significant = significance && *significance <= 1 - criteria.confidence + 1e-12;
  if (high < smallest) return significant ? Verdict::kImproved : Verdict::kInconclusive;
  if (*effect.low > largest) return significant ? Verdict::kRegressed : Verdict::kInconclusive;
  if (*effect.low >= smallest && high <= largest) return Verdict::kUnchanged;
  return Verdict::kInconclusive;
}

Verdict describe(const Effect& effect, std::optional<double> significance, const Criteria& criteria) {
  const Verdict as_judged = judge(effect, significance, criteria);
  const bool differs = as_judged == Verdict::kImproved || as_judged == Verdict::kRegressed;
  return differs ? Verdict::kDiffers : Verdict::kNotJudged;
}

}  // namespace socklock::analyzer
