// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/slice_columns.h"

#include <algorithm>
#include <array>

namespace socklock::analyzer {
namespace {

constexpr const char* kOnlySums = "only sums are known, not single waits";
constexpr const char* kNotCounted = "acquisitions were not counted";

// Why nothing is known of how long single waits were; empty: it is.
const char* why_no_length(const SliceValues& values) {
  if (values.stats.sums.contentions == 0) return "nothing waited";
  return values.stats.sums.knows_no_length() ? "how long these waits were is not known" : "";
}

Figure whole_ns(std::uint64_t ns) { return Figure::whole(ns, Unit::kNs); }

// Of waits some of which have no length, what was measured is a lower bound.
Figure of_all(const Figure& wait, const SliceValues& values) {
  return wait.bounded(values.stats.sums.untimed > 0 ? Bound::kAtLeast : Bound::kNone);
}

// Where nothing waited there is no quantile, and where only sums are known none is measured.
Figure quantile(const SliceValues& values, double q) {
  if (!values.knows_distribution) return Figure::not_measured(kOnlySums);
  if (const char* const why = why_no_length(values); *why != '\0') return Figure::not_measured(why);
  return Figure::of(values.stats.quantile_ns(q), Unit::kNs);
}

Figure share_of_run(const SliceValues& values) {
  if (values.whole_wait_ns <= 0) return Figure::of(0, Unit::kShare);
  return Figure::of(static_cast<double>(values.stats.sums.wait_ns) / values.whole_wait_ns, Unit::kShare);
}

Figure error_share(const SliceValues& values) {
  if (values.wait_ns_error <= 0 || values.whole_wait_ns <= 0) return Figure::term("exact").ranked(0);
  return Figure::of(values.wait_ns_error / values.whole_wait_ns, Unit::kShare);
}

constexpr const char* kNoRunDelay = "waits for CPUs were not measured";

Figure run_delay(const SliceValues& values) {
  if (!values.knows_run_delay) return Figure::not_measured(kNoRunDelay);
  return whole_ns(values.stats.sums.run_delay_ns);
}

Figure run_delay_share(const SliceValues& values) {
  if (!values.knows_run_delay) return Figure::not_measured(kNoRunDelay);
  if (values.stats.sums.wait_ns == 0) return Figure::not_measured("nothing waited");
  return Figure::of(
      static_cast<double>(values.stats.sums.run_delay_ns) / static_cast<double>(values.stats.sums.wait_ns),
      Unit::kShare);
}

Figure mean(const SliceValues& values) {
  if (const char* const why = why_no_length(values); *why != '\0') return Figure::not_measured(why);
  return Figure::of(values.stats.mean_ns(), Unit::kNs);
}

Figure longest(const SliceValues& values) {
  if (const char* const why = why_no_length(values); *why != '\0') return Figure::not_measured(why);
  return whole_ns(values.stats.sums.wait_max_ns);
}

Bound bound_of(const SliceAcquisitions& acquisitions) { return acquisitions.at_least ? Bound::kAtLeast : Bound::kNone; }

Figure acquired(const SliceValues& values) {
  if (!values.acquisitions) return Figure::not_measured(kNotCounted);
  return Figure::count(values.acquisitions->count).bounded(bound_of(*values.acquisitions));
}

Figure acquired_per_unit(const SliceValues& values) {
  if (!values.acquisitions) return Figure::not_measured(kNotCounted);
  return Figure::of(values.acquisitions->per_unit, Unit::kNumber).bounded(bound_of(*values.acquisitions));
}

Figure contention_ratio(const SliceValues& values) {
  if (!values.acquisitions) return Figure::not_measured(kNotCounted);
  if (!values.acquisitions->contention_ratio) return Figure::not_measured("waits for this lock can't be seen");
  return Figure::of(*values.acquisitions->contention_ratio, Unit::kShare)
      .bounded(values.acquisitions->at_least ? Bound::kAtMost : Bound::kNone);
}

// The order is that of JSON keys and CSV columns, which are published.
const std::array kMeasures{
    SliceMeasure{
        {"contentions", "waits", "Acquisitions that had to wait. Exact, but for lost events.", Unit::kCount},
        kRunTable | kRunRow | kRunData | kSideRow | kSideData,
        [](const SliceValues& v) { return Figure::count(v.stats.sums.contentions).with_error(v.contentions_error); }},
    SliceMeasure{{"gave_up", "gave up", "Waits that ended without the lock.", Unit::kCount},
                 kRunRow | kRunData | kSideData,
                 [](const SliceValues& v) { return Figure::count(v.stats.sums.gave_up); }},
    SliceMeasure{
        {"wait_ns", "wait", "Sum of wait times. Exact, but for lost events.", Unit::kNs},
        kRunTable | kRunRow | kRunData | kSideRow | kSideData,
        [](const SliceValues& v) { return of_all(whole_ns(v.stats.sums.wait_ns).with_error(v.wait_ns_error), v); }},
    SliceMeasure{
        {"share", "share", "Wait divided by the wait of all locks in the run.", Unit::kShare}, kRunTable, share_of_run},
    SliceMeasure{{"error", "±",
                  "Half width of the 95% interval of the share, where call stacks were sampled; exact: known without.",
                  Unit::kShare},
                 kRunTable,
                 error_share},
    SliceMeasure{
        {"contentions_per_unit", "waits",
         "Acquisitions that had to wait, divided by work; mean over the runs of a side. Exact.", Unit::kNumber},
        kSideMarkup | kSidePage | kSideScreen | kSideRow | kSideData,
        [](const SliceValues& v) { return Figure::of(v.contentions_per_unit, Unit::kNumber); }},
    SliceMeasure{{"wait_ns_per_unit", "wait",
                  "Sum of wait times divided by work; mean over the runs of a side. Exact, and parts add up to the "
                  "whole.",
                  Unit::kNs},
                 kSideLines | kSideMarkup | kSidePage | kSideScreen | kSideRow | kSideData,
                 [](const SliceValues& v) { return of_all(Figure::of(v.wait_ns_per_unit, Unit::kNs), v); }},
    SliceMeasure{{"wait_share", "wait share", "Wait divided by online CPUs times elapsed time.", Unit::kShare},
                 kSideScreen | kSideData,
                 [](const SliceValues& v) { return of_all(Figure::of(v.wait_share, Unit::kShare), v); }},
    SliceMeasure{{"run_delay_ns", "for CPU",
                  "Of the wait: time in which the waiter could have gone on and had no CPU; of locks whose waiters "
                  "sleep. null: not measured.",
                  Unit::kNs},
                 kRunRow | kRunData | kSideData,
                 run_delay},
    SliceMeasure{{"run_delay_share", "CPU", "Share of the wait in which the waiter waited for a CPU, not for the lock.",
                  Unit::kShare},
                 kRunTable,
                 run_delay_share},
    SliceMeasure{{"mean_ns", "mean", "Wait divided by waits.", Unit::kNs}, kRunRow | kRunData | kSideData, mean},
    SliceMeasure{{"p50_ns", "p50", "The median wait; within 1/16, the width of histogram buckets.", Unit::kNs},
                 kRunTable | kRunRow | kRunData | kSideRow | kSideData,
                 [](const SliceValues& v) { return quantile(v, 0.5); }},
    SliceMeasure{
        {"p90_ns", "p90", "9 of 10 waits were shorter; within 1/16, the width of histogram buckets.", Unit::kNs},
        kRunRow | kRunData | kSideData,
        [](const SliceValues& v) { return quantile(v, 0.9); }},
    SliceMeasure{
        {"p99_ns", "p99", "99 of 100 waits were shorter; within 1/16, the width of histogram buckets.", Unit::kNs},
        kRunTable | kRunRow | kRunData | kSidePage | kSideScreen | kSideRow | kSideData,
        [](const SliceValues& v) { return quantile(v, 0.99); }},
    SliceMeasure{{"p999_ns", "p99.9", "999 of 1,000 waits were shorter; within 1/16, the width of histogram buckets.",
                  Unit::kNs},
                 kRunData | kSideData,
                 [](const SliceValues& v) { return quantile(v, 0.999); }},
    SliceMeasure{
        {"max_ns", "max", "The longest wait.", Unit::kNs}, kRunTable | kRunRow | kRunData | kSideData, longest},
    SliceMeasure{
        {"acquisitions", "acquired", "How often the locks were taken, at least; null: not measured.", Unit::kCount},
        kRunRow | kRunData | kSideData,
        acquired},
    SliceMeasure{{"acquisitions_per_unit", "acquired",
                  "How often the locks were taken, at least, divided by work; null: not measured.", Unit::kNumber},
                 kSideData,
                 acquired_per_unit},
    SliceMeasure{{"acquisitions_at_least", "at least",
                  "Some of what takes the lock was not counted, or takes it several times a call.", Unit::kNone},
                 kClassData | kSideData,
                 [](const SliceValues& v) { return Figure::flag(v.acquisitions && v.acquisitions->at_least); }},
    SliceMeasure{
        {"contention_ratio", "contended", "Waits divided by acquisitions; null: either can't be known.", Unit::kShare},
        kClassData | kSideData,
        contention_ratio},
    SliceMeasure{
        {"contentions_error", "± waits",
         "Half width of the 95% interval of contentions, where call stacks were sampled; 0: exact.", Unit::kNumber},
        kRunData,
        [](const SliceValues& v) { return Figure::of(v.contentions_error, Unit::kNumber); }},
    SliceMeasure{{"wait_ns_error", "± wait",
                  "Half width of the 95% interval of wait_ns, where call stacks were sampled; 0: exact.", Unit::kNs},
                 kRunData,
                 [](const SliceValues& v) { return Figure::of(v.wait_ns_error, Unit::kNs); }},
};

}  // namespace

std::span<const SliceMeasure> slice_measures() { return kMeasures; }

std::vector<const SliceMeasure*> slice_measures_at(unsigned places) {
  std::vector<const SliceMeasure*> found;
  for (const SliceMeasure& measure : kMeasures)
    if ((measure.places & places) != 0) found.push_back(&measure);
  return found;
}

const SliceMeasure& slice_measure(std::string_view id) {
  return *std::find_if(kMeasures.begin(), kMeasures.end(),
                       [id](const SliceMeasure& measure) { return measure.column.id == id; });
}

unsigned side_places(Detail detail) {
  switch (detail) {
    case Detail::kLines: return kSideLines;
    case Detail::kMarkup: return kSideMarkup;
    case Detail::kPage: return kSidePage;
    case Detail::kScreen: return kSideScreen;
    case Detail::kRows: return kSideRow;
    case Detail::kData: break;
  }
  return kSideData;
}

}  // namespace socklock::analyzer
