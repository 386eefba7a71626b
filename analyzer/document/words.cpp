// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/compare/untimed.h"
#include "analyzer/document/compare.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr std::size_t kWorkloadColumns = 400;
constexpr std::size_t kLargestChanges = 3;
// Of the sum of all changes; smaller ones are not among the largest.
constexpr double kLargeShare = 0.05;

// How often sending took locks of the tables at all.
std::string send_path_acquisitions(const Comparison& comparison, std::string_view unit) {
  if (!comparison.acquired.before_why_not.empty() || !comparison.acquired.after_why_not.empty()) return "";
  if (!comparison.acquired.send_measured) return " How often it acquired them was not measured.";
  return fmt::format(" It acquired {} of them per {} before, {} after.",
                     format_number(comparison.acquired.send_before, 3), unit,
                     format_number(comparison.acquired.send_after, 3));
}

// A share of wait without a call path above which nothing can be said of one.
constexpr double kMostlyUnknown = 0.5;

// Why nobody can say that sending waited for no such lock; empty where one can.
std::string why_absence_is_unsure(const Unnamed& unnamed) {
  if (unnamed.without_path > kMostlyUnknown)
    return fmt::format("{} of the socket layer's wait has no call path", format_percent(unnamed.without_path));
  if (unnamed.unclassified > 0)
    return fmt::format("{} waits of the socket layer are for locks of no known class",
                       format_count(static_cast<double>(unnamed.unclassified)));
  return "";
}

}  // namespace

std::string range_text(double low, double high, int digits) {
  constexpr int kMostDigits = 6;
  while (digits < kMostDigits && low < high && format_number(low, digits) == format_number(high, digits)) ++digits;
  return format_number(low, digits) + ".." + format_number(high, digits);
}

std::string interval_text(const Effect& effect) {
  if (!effect.high) return *effect.low == 0 ? "not bounded" : "≥ " + format_number(*effect.low, 2);
  if (*effect.low == 0) return "≤ " + format_number(*effect.high, 2);
  return range_text(*effect.low, *effect.high, 2);
}

std::string effect_text(const SliceComparison& slice) {
  const Effect& effect = slice.effect;
  if (slice.before.stats.sums.knows_no_length() || slice.after.stats.sums.knows_no_length()) return "length not known";
  const std::string ratio = !effect.ratio                             ? "new"
                            : slice.after.stats.sums.contentions == 0 ? "gone"
                                                                      : format_number(*effect.ratio, 3) + "×";
  // That something new is "at least a millionth" of nothing tells nobody anything.
  const bool tells = effect.low && (effect.ratio || *effect.low >= 1);
  return tells ? fmt::format("{} ({})", ratio, interval_text(effect)) : ratio;
}

std::string delta_text(double ns) { return (ns < 0 ? "-" : "+") + format_ns(std::fabs(ns)); }

std::string largest_changes_text(const Comparison& comparison, const Taxonomy& taxonomy) {
  struct Moved {
    std::string name;
    double delta_ns;
  };
  std::vector<Moved> changes;
  double all_ns = 0;
  for (const MovedWait& moved : comparison.moved)
    for (const MovedWait::Part& part : moved.paths) {
      const double delta_ns = part.after_ns - part.before_ns;
      changes.push_back({fmt::format("{} on {}", taxonomy.at(moved.lock_class).name, name_of(part.path)), delta_ns});
      all_ns += std::fabs(delta_ns);
    }
  std::sort(changes.begin(), changes.end(),
            [](const Moved& a, const Moved& b) { return std::fabs(a.delta_ns) > std::fabs(b.delta_ns); });
  std::string text;
  for (std::size_t i = 0; i < std::min(changes.size(), kLargestChanges); ++i)
    if (std::fabs(changes[i].delta_ns) > kLargeShare * all_ns)
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", changes[i].name, delta_text(changes[i].delta_ns));
  return text;
}

namespace {

// "Better" is a verdict's word: of single runs, which are not judged, there is less or more wait.
const char* direction_of(double ratio, bool is_judged) {
  if (ratio == 1) return "the same";
  if (is_judged) return ratio < 1 ? "better" : "worse";
  return ratio < 1 ? "less" : "more";
}

}  // namespace

std::string effect_sentence(const SliceComparison& slice, const Comparison& comparison) {
  const Effect& effect = slice.effect;
  std::string text = fmt::format("{} of wait per {} before, {} after", format_ns(slice.before.wait_ns_per_unit),
                                 singular_of(comparison.unit), format_ns(slice.after.wait_ns_per_unit));
  if (effect.ratio && slice.after.stats.sums.contentions == 0 && slice.before.stats.sums.contentions > 0)
    text += ": gone";
  else if (effect.ratio)
    text += fmt::format(": {}× ({}, {})", format_number(*effect.ratio, 3), format_ratio_as_percent(*effect.ratio),
                        direction_of(*effect.ratio, !comparison.within_run_only));
  if (effect.low)
    text += *effect.low == 0 && !effect.high
                ? ", not bounded by these runs"
                : fmt::format(", {} interval {} {}", format_percent(comparison.criteria.confidence),
                              format_number(*effect.low, 3),
                              effect.high ? "to " + format_number(*effect.high, 3) : "and above");
  if (effect.p) text += fmt::format(", p = {:.2g}", *effect.p);
  return text;
}

std::string verdict_words(const Comparison& comparison) {
  const Verdict verdict = comparison.headline.verdict;
  if (!comparison.within_run_only) return std::string(name_of(verdict));
  const bool two = comparison.before.files.size() + comparison.after.files.size() == 2;
  return fmt::format("no verdict: {} between these {}runs",
                     verdict == Verdict::kDiffers ? "differs" : "nothing differs for sure", two ? "two " : "");
}

std::string parts_text(const Comparison& comparison) {
  std::string text;
  for (const SliceComparison& part : comparison.headline_parts)
    text += fmt::format("{}{} {}, then {}", text.empty() ? "" : "; ", part.name,
                        format_ns(part.before.wait_ns_per_unit), format_ns(part.after.wait_ns_per_unit));
  return text;
}

// Why an inconclusive verdict is one, and what would settle it.
std::string what_would_decide(const Comparison& comparison) {
  const SliceComparison& headline = comparison.headline;
  if (is_decided(headline.verdict)) return "";
  if (headline.before.stats.sums.contentions + headline.after.stats.sums.contentions < kMinContentions)
    return "too few waits to judge; record longer or under more load";
  if (headline.before.stats.sums.untimed + headline.after.stats.sums.untimed > 0)
    return "waits whose length is not known leave it open, however many runs there are; classes of locks may be clear";
  if (comparison.within_run_only)
    return fmt::format("runs of one load differ, too: record at least {} different runs a side", kRunsThatDecide);
  if (headline.effect.runs_more)
    return fmt::format("about {} runs a side would decide, if they vary as these do",
                       std::max(kRunsThatDecide, *headline.effect.runs_more));
  return "the effect lies too near to the threshold for any reasonable number of runs";
}

namespace {

// What of the effect, as the runs vary, is on which side of the criteria.
std::string open_interval_text(const Effect& effect, const Criteria& criteria) {
  const double less = 1 - criteria.threshold, more = 1 + criteria.threshold;
  const std::string interval = interval_text(effect);
  const double high = effect.high.value_or(HUGE_VAL);
  if (*effect.low < less && high > more)
    return fmt::format("its interval ({}) reaches from less wait to more", interval);
  if (*effect.low < less && high >= less)
    return fmt::format("its interval ({}) reaches into what is too small to matter (±{})", interval,
                       format_percent(criteria.threshold));
  if (high > more && *effect.low <= more)
    return fmt::format("its interval ({}) reaches into what is too small to matter (±{})", interval,
                       format_percent(criteria.threshold));
  return "";
}

// Of permutations: no p is smaller than that of the one deal in which the sides don't overlap.
double least_p(std::size_t before, std::size_t after) {
  double deals = 1;
  for (std::size_t i = 1; i <= after; ++i) deals *= static_cast<double>(before + i) / static_cast<double>(i);
  return 2 / deals;
}

std::string chance_text(const SliceComparison& slice, const Comparison& comparison) {
  const Effect& effect = slice.effect;
  const double most = 1 - comparison.criteria.confidence;
  const auto significance = effect.q ? effect.q : effect.p;
  if (!significance || *significance <= most) return "";
  std::string text = fmt::format("its interval is clear, but {} = {} is above {}", effect.q ? "q" : "p",
                                 format_number(*significance, 2), format_number(most, 2));
  const std::size_t before = comparison.before.files.size(), after = comparison.after.files.size();
  if (const double least = least_p(before, after); effect.q && least <= most && least * 2 > most)
    text += fmt::format("; with {} + {} runs p can't be below {}, and every further row of the table multiplies that",
                        before, after, format_number(least, 2));
  return text;
}

}  // namespace

std::string why_undecided(const SliceComparison& slice, const Comparison& comparison) {
  if (is_decided(slice.verdict) || comparison.after.files.empty()) return "";
  const std::uint64_t contentions = slice.before.stats.sums.contentions + slice.after.stats.sums.contentions;
  if (contentions < kMinContentions)
    return fmt::format("{} waits on both sides together are too few to judge", contentions);
  if (comparison.within_run_only)
    return fmt::format("fewer than {} different runs on a side are described, not judged", kMinRuns);
  if (slice.before.stats.sums.untimed + slice.after.stats.sums.untimed > 0)
    return "waits whose length is not known leave it open";
  if (!slice.effect.low) return "how its runs vary sets no interval";
  std::string why = open_interval_text(slice.effect, comparison.criteria);
  if (why.empty()) why = chance_text(slice, comparison);
  if (why.empty()) return "the runs do not tell";
  if (slice.effect.runs_more)
    why += fmt::format("; about {} runs a side would decide, if they vary as these do",
                       std::max(kRunsThatDecide, *slice.effect.runs_more));
  return why;
}

std::string fates_text(const Comparison& comparison, const Taxonomy& taxonomy) {
  const auto has_fate = [](const MovedWait& moved) {
    return moved.fate == Fate::kGone || moved.fate == Fate::kMoved || moved.fate == Fate::kNew;
  };
  std::string text;
  if (std::none_of(comparison.moved.begin(), comparison.moved.end(), has_fate)) return text;
  // Who vanished is half the story where most of the change is somebody else's.
  const auto largest = std::max_element(
      comparison.moved.begin(), comparison.moved.end(),
      [](const MovedWait& a, const MovedWait& b) { return std::fabs(a.delta_ns()) < std::fabs(b.delta_ns()); });
  if (!has_fate(*largest))
    text = fmt::format("{}: {}", taxonomy.at(largest->lock_class).name, delta_text(largest->delta_ns()));
  for (const MovedWait& moved : comparison.moved) {
    if (!has_fate(moved)) continue;
    std::vector<std::string> counterparts;
    for (const ClassId counterpart : moved.counterparts) counterparts.push_back(taxonomy.at(counterpart).name);
    text += fmt::format("{}{}: {}{}{}", text.empty() ? "" : "; ", taxonomy.at(moved.lock_class).name,
                        name_of(moved.fate), counterparts.empty() ? "" : " to ", fmt::join(counterparts, ", "));
  }
  return text;
}

std::string send_path_answer(const Comparison& comparison) {
  const auto row = std::find_if(comparison.send_path.begin(), comparison.send_path.end(),
                                [](const SliceComparison& slice) { return slice.path == CallPath::kSend; });
  const std::string_view unit = singular_of(comparison.unit);
  const std::string unsure = why_absence_is_unsure(comparison.unnamed);
  const bool elsewhere = std::any_of(comparison.send_path.begin(), comparison.send_path.end(), has_waits);
  if (row == comparison.send_path.end() ||
      row->before.stats.sums.contentions + row->after.stats.sums.contentions == 0) {
    if (unsure.empty())
      return (elsewhere ? "The send path did not wait for connection-table or bind-table locks on either side; other "
                          "call paths did."
                        : "In the send path nothing waited for a connection-table or bind-table lock on either side.") +
             send_path_acquisitions(comparison, unit);
    return fmt::format("Whether the send path waited for connection-table or bind-table locks can't be said: {}.",
                       unsure) +
           send_path_acquisitions(comparison, unit);
  }
  return fmt::format(
             "In the send path: {} contentions for table locks per {} before, {} after; {} of wait before, {} after{}.",
             format_number(row->before.contentions_per_unit, 3), unit,
             format_number(row->after.contentions_per_unit, 3), format_ns(row->before.wait_ns_per_unit),
             format_ns(row->after.wait_ns_per_unit), unsure.empty() ? "" : "; at least, as " + unsure) +
         send_path_acquisitions(comparison, unit);
}

std::string workload_text(const SideSummary& side) {
  return cut(fmt::format("{}", fmt::join(side.workload, " ")), kWorkloadColumns);
}

}  // namespace socklock::analyzer
