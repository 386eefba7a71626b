// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analyzer/compare/comparability.h"
#include "analyzer/compare/figure_warnings.h"
#include "analyzer/compare/global_lock.h"
#include "analyzer/compare/regrouping.h"
#include "analyzer/compare/statistics.h"
#include "analyzer/compare/untimed.h"
#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

double cpu_time_ns(const Side& side) {
  double sum = 0;
  for (const RunMeasures& run : side)
    sum += static_cast<double>(run.run->run.duration_ns()) * std::max(1U, run.run->run.facts.host.cpus_online);
  return sum;
}

Trend trend_of(const SliceComparison& slice) {
  const bool was = slice.before.stats.sums.contentions > 0, is = slice.after.stats.sums.contentions > 0;
  switch (slice.verdict) {
    case Verdict::kImproved: return is ? Trend::kFell : Trend::kGone;
    case Verdict::kRegressed: return was ? Trend::kRose : Trend::kNew;
    case Verdict::kUnchanged: return Trend::kUnchanged;
    case Verdict::kDiffers:
      return slice.delta_ns() < 0 ? (is ? Trend::kFell : Trend::kGone) : (was ? Trend::kRose : Trend::kNew);
    case Verdict::kNotJudged:
    case Verdict::kInconclusive: break;
  }
  return Trend::kUnclear;
}

class Comparer {
 public:
  Comparer(const Side& before, const Side& after, const Taxonomy& taxonomy, WorkUnit unit,
           const CompareOptions& options)
      : before_(before),
        after_(after),
        taxonomy_(taxonomy),
        unit_(unit),
        criteria_(options.criteria),
        progress_(options.progress),
        judges_(std::min(before.size(), after.size()) >= kMinRuns && !share_a_run(before, after)),
        parts_(decompose(before, after)),
        to_estimate_(count_tested()) {}

  [[nodiscard]] bool judges() const { return judges_; }
  [[nodiscard]] Verdict verdict_on(const Effect& effect, std::optional<double> significance) const {
    return judges_ ? judge(effect, significance, criteria_) : describe(effect, significance, criteria_);
  }

  // Judged by p: a question asked alone.
  [[nodiscard]] SliceComparison compare_alone(SliceId slice, std::string name) const {
    SliceComparison comparison = compare_slice(slice, std::move(name));
    set_verdict(comparison, comparison.effect.p);
    return comparison;
  }

  // The headline's parts of which there are any waits, judged by p: each was asked for beforehand.
  [[nodiscard]] std::vector<SliceComparison> compare_parts() const {
    std::vector<SliceComparison> parts;
    for (std::size_t i = 0; i < kParts; ++i) {
      const auto part = static_cast<Part>(i);
      SliceComparison slice = compare_alone({.kind = SliceKind::kPart, .part = part}, std::string(name_of(part)));
      if (slice.before.stats.sums.contentions + slice.after.stats.sums.contentions > 0)
        parts.push_back(std::move(slice));
    }
    return parts;
  }

  // All slices of a kind, judged by q: many questions asked at once.
  [[nodiscard]] std::vector<SliceComparison> compare_all(SliceKind kind) const {
    std::vector<SliceComparison> slices;
    for (const SliceId& slice : slices_of_kind(kind)) slices.push_back(compare_slice(slice, name(slice)));
    std::vector<std::optional<double>> p;
    for (const auto& slice : slices) p.push_back(slice.effect.p);
    const auto q = false_discovery_rates(p);
    for (std::size_t i = 0; i < slices.size(); ++i) {
      slices[i].effect.q = q[i];
      set_verdict(slices[i], q[i]);
    }
    std::stable_sort(slices.begin(), slices.end(), [](const SliceComparison& a, const SliceComparison& b) {
      return std::max(a.before.wait_ns_per_unit, a.after.wait_ns_per_unit) >
             std::max(b.before.wait_ns_per_unit, b.after.wait_ns_per_unit);
    });
    return slices;
  }

  // One row a call path, also where there is nothing.
  [[nodiscard]] std::vector<SliceComparison> compare_by_path(SliceKind kind, std::optional<Role> role) const {
    std::vector<SliceComparison> rows;
    for (std::size_t i = 0; i < kCallPaths; ++i) {
      const auto path = static_cast<CallPath>(i);
      rows.push_back(
          compare_alone({.kind = kind, .role = role.value_or(Role{}), .path = path}, std::string(name_of(path))));
      rows.back().path = path;
      rows.back().role = role;
    }
    return rows;
  }

  [[nodiscard]] std::vector<MovedWait> find_moved(const std::vector<SliceComparison>& classes) const {
    std::vector<MovedWait> moved = moved_by_class(parts_, taxonomy_);
    std::vector<Trend> trends;
    for (const MovedWait& part : moved) {
      const auto found = std::find_if(classes.begin(), classes.end(), [&part](const SliceComparison& slice) {
        return slice.lock_class == part.lock_class;
      });
      trends.push_back(found == classes.end() ? Trend::kUnclear : trend_of(*found));
    }
    find_fates(moved, trends, taxonomy_);
    return moved;
  }

  [[nodiscard]] std::optional<Effect> compare_cpu() const {
    const auto b = cpu_rates(before_), a = cpu_rates(after_);
    if (mean(b) <= 0 || mean(a) <= 0) return std::nullopt;
    Effect effect;
    effect.ratio = mean(a) / mean(b);
    if (std::min(b.size(), a.size()) < kMinRuns) return effect;
    const RatioInterval interval = ratio_of_means(b, a, criteria_.confidence);
    effect.low = interval.low;
    effect.high = interval.high;
    effect.p = permutation_p(b, a, criteria_.seed);
    return effect;
  }

  static std::vector<double> cpu_rates(const Side& side) {
    std::vector<double> values;
    for (const RunMeasures& run : side)
      values.push_back(run.work > 0 ? static_cast<double>(run.run->run.work.cpu_busy_ns) / run.work : 0);
    return values;
  }

 private:
  void set_verdict(SliceComparison& slice, std::optional<double> significance) const {
    slice.verdict = despite_untimed(verdict_on(slice.effect, significance), slice.before, slice.after);
    if (is_decided(slice.verdict)) slice.effect.runs_more.reset();
    if (slice.before.stats.sums.knows_no_length() || slice.after.stats.sums.knows_no_length()) slice.effect = {};
  }

  [[nodiscard]] SliceComparison compare_slice(SliceId slice, std::string name) const {
    SliceComparison comparison;
    comparison.name = std::move(name);
    if (slice.kind == SliceKind::kRole) comparison.role = slice.role;
    if (slice.kind == SliceKind::kClass || slice.kind == SliceKind::kClassPath) {
      comparison.lock_class = slice.lock_class;
      comparison.role = taxonomy_.at(slice.lock_class).role;
    }
    if (slice.kind == SliceKind::kClassPath) comparison.path = slice.path;
    comparison.before = measures(before_, slice);
    comparison.after = measures(after_, slice);
    for (const WaitPart& part : parts_) {
      if (!is_in(slice, part.lock_class, part.path, taxonomy_)) continue;
      comparison.before.wait_ns_per_unit += part.before_ns;
      comparison.after.wait_ns_per_unit += part.after_ns;
    }
    if (!before_.empty() && !after_.empty())
      comparison.effect = estimate(before_, after_, taxonomy_, {slice, Measure::kWait, unit_}, criteria_);
    const std::uint64_t waits = comparison.before.stats.sums.contentions + comparison.after.stats.sums.contentions;
    estimated_ += waits >= kMinContentions ? 1 : 0;
    if (progress_) progress_(std::min(1.0, static_cast<double>(estimated_) / static_cast<double>(to_estimate_)));
    return comparison;
  }

  [[nodiscard]] static SideMeasures measures(const Side& side, SliceId slice) {
    SideMeasures measures;
    measures.stats = pooled(side, slice);
    measures.wait_ns_per_unit_of_runs = rates(side, slice, Measure::kWait);
    measures.contentions_per_unit = mean(rates(side, slice, Measure::kContentions));
    const double time = cpu_time_ns(side);
    measures.wait_share = time > 0 ? static_cast<double>(measures.stats.sums.wait_ns) / time : 0;
    return measures;
  }

  [[nodiscard]] std::set<SliceId> slices_of_kind(SliceKind kind) const {
    std::set<SliceId> slices;
    for (const Side* side : {&before_, &after_})
      for (const RunMeasures& run : *side)
        for (const auto& [slice, stats] : run.slices)
          if (slice.kind == kind) slices.insert(slice);
    return slices;
  }

  // Slices that take time: the others have too few waits to be tested.
  [[nodiscard]] std::size_t count_tested() const {
    std::map<SliceId, std::uint64_t> waits;
    for (const Side* side : {&before_, &after_})
      for (const RunMeasures& run : *side)
        for (const auto& [slice, stats] : run.slices) waits[slice] += stats.sums.contentions;
    const auto tested =
        std::count_if(waits.begin(), waits.end(), [](const auto& slice) { return slice.second >= kMinContentions; });
    return std::max<std::size_t>(1, static_cast<std::size_t>(tested));
  }

  [[nodiscard]] std::string name(SliceId slice) const {
    switch (slice.kind) {
      case SliceKind::kRole: return std::string(name_of(slice.role));
      case SliceKind::kClass: return taxonomy_.at(slice.lock_class).name;
      case SliceKind::kClassPath:
        return fmt::format("{} × {}", taxonomy_.at(slice.lock_class).name, name_of(slice.path));
      case SliceKind::kTablePath:
      case SliceKind::kRolePath: return std::string(name_of(slice.path));
      case SliceKind::kPart: return std::string(name_of(slice.part));
      case SliceKind::kAll:
      case SliceKind::kQuiet:
      case SliceKind::kHeadline: break;
    }
    return "";
  }

  const Side& before_;
  const Side& after_;
  const Taxonomy& taxonomy_;
  WorkUnit unit_;
  Criteria criteria_;
  const std::function<void(double)>& progress_;
  bool judges_;
  std::vector<WaitPart> parts_;
  std::size_t to_estimate_;
  mutable std::size_t estimated_ = 0;
};

std::vector<TimePoint> timeline_of(const Run& run, WorkUnit unit, double start_s) {
  struct Span {
    std::uint64_t begin_ns, end_ns;
    double work, wait_ns;
  };
  std::vector<Span> spans;
  for (const Interval& interval : run.intervals) {
    double wait_ns = 0;
    for (const IntervalWait& wait : run.waits_of(interval)) wait_ns += static_cast<double>(wait.wait_ns);
    const double work = work_in(run, interval, unit);
    // A short last interval, with next to no work, belongs to the one before it.
    if (!spans.empty() && 2 * (interval.end_ns - interval.begin_ns) < run.facts.interval_ns)
      spans.back() = {spans.back().begin_ns, interval.end_ns, spans.back().work + work, spans.back().wait_ns + wait_ns};
    else
      spans.push_back({interval.begin_ns, interval.end_ns, work, wait_ns});
  }
  std::vector<TimePoint> points;
  for (const Span& span : spans) {
    const double middle_ns = (static_cast<double>(span.begin_ns) + static_cast<double>(span.end_ns)) / 2;
    if (span.work > 0)
      points.push_back({start_s + (middle_ns - static_cast<double>(run.begin_ns)) / 1e9, span.wait_ns / span.work});
  }
  return points;
}

SideSummary summarize(const Side& side, WorkUnit unit) {
  SideSummary summary;
  for (const RunMeasures& measures : side) {
    const Run& run = measures.run->run;
    summary.files.push_back(run.path);
    summary.timeline.push_back(timeline_of(run, unit, summary.seconds));
    summary.work += measures.work;
    summary.seconds += static_cast<double>(run.duration_ns()) / 1e9;
    summary.lost += run.lost();
    summary.knows_distribution = summary.knows_distribution && knows_distribution(run.facts);
    summary.knows_run_delay = summary.knows_run_delay && run.facts.knows_run_delay;
    for (const WaitSums& sums : run.waits.sums) summary.contentions += sums.contentions;
  }
  if (side.empty()) return summary;
  const RunFacts& first = side.front().run->run.facts;
  summary.label = first.label;
  summary.workload = first.workload.argv;
  summary.origin = first.origin;
  summary.cpu_ns_per_unit = mean(Comparer::cpu_rates(side));
  return summary;
}

WorkUnit unit_of(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                 const CompareOptions& options) {
  if (options.unit) return *options.unit;
  std::vector<const Run*> runs;
  for (const auto& side : {before, after})
    for (const LabelledRun& run : side) runs.push_back(&run.run);
  return default_work_unit(runs);
}

Result<void> check_work(const Side& side, WorkUnit unit) {
  for (const RunMeasures& run : side)
    if (run.work <= 0) return fail(no_work(run.run->run, unit));
  return {};
}

bool know_paths(const Side& side) {
  return std::all_of(side.begin(), side.end(),
                     [](const RunMeasures& run) { return run.run->run.facts.knows.acquisition_paths; });
}

// `after` may be empty.
Result<Comparison> measure_sides(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                                 const Taxonomy& taxonomy, const CompareOptions& options) {
  Comparison comparison;
  comparison.unit = unit_of(before, after, options);
  // One side says something without its length: nothing is divided by seconds then.
  const auto lacks_seconds = [](const LabelledRun& run) { return !run.run.facts.knows.duration; };
  if (after.empty() && comparison.unit == WorkUnit::kSeconds &&
      std::any_of(before.begin(), before.end(), lacks_seconds))
    comparison.unit = WorkUnit::kRuns;
  comparison.criteria = options.criteria;
  Side b = measure_side(before, taxonomy, comparison.unit);
  Side a = measure_side(after, taxonomy, comparison.unit);
  comparison.warnings = repetition_warnings(b, a);
  drop_repeated(b);
  drop_repeated(a);
  comparison.pairs = interleaving_of(b, a).has_value();
  SOCKLOCK_TRY(check_work(b, comparison.unit));
  SOCKLOCK_TRY(check_work(a, comparison.unit));
  comparison.before = summarize(b, comparison.unit);
  comparison.after = summarize(a, comparison.unit);
  const Comparer comparer(b, a, taxonomy, comparison.unit, options);
  comparison.within_run_only = !comparer.judges();
  comparison.unnamed = unnamed_waits(b, a, taxonomy);
  comparison.headline = comparer.compare_alone({.kind = SliceKind::kHeadline}, "the socket layer's locks");
  comparison.headline_parts = comparer.compare_parts();
  comparison.quiet = comparer.compare_alone({.kind = SliceKind::kQuiet}, "all locks but memory's and the scheduler's");
  comparison.everything = comparer.compare_alone({.kind = SliceKind::kAll}, "all locks");
  comparison.roles = comparer.compare_all(SliceKind::kRole);
  comparison.classes = comparer.compare_all(SliceKind::kClass);
  comparison.class_paths = comparer.compare_all(SliceKind::kClassPath);
  comparison.send_path = comparer.compare_by_path(SliceKind::kTablePath, std::nullopt);
  for (const Role role : {Role::kConnectionTable, Role::kBindTable})
    for (auto& row : comparer.compare_by_path(SliceKind::kRolePath, role))
      comparison.tables_by_path.push_back(std::move(row));
  comparison.moved = comparer.find_moved(comparison.classes);
  comparison.net = net_change(comparison.moved);
  comparison.acquired = compare_acquisitions(b, a, taxonomy, options.criteria.confidence);
  comparison.held = compare_holds(b, a, taxonomy);
  comparison.cpu = comparer.compare_cpu();
  if (comparison.cpu) comparison.cpu_verdict = comparer.verdict_on(*comparison.cpu, comparison.cpu->p);
  comparison.stacks = stack_diff(b, a);
  if (options.stacks_by_class_path) comparison.class_path_stacks = stacks_by_class_path(b, a);
  if (a.empty()) return comparison;
  comparison.global_lock = global_lock_answer(comparison, taxonomy, know_paths(b) && know_paths(a));
  for (Warning& warning : comparability_warnings(b, a, comparison.unit))
    comparison.warnings.push_back(std::move(warning));
  warn_of_untimed(comparison.everything, comparison.warnings);
  for (Warning& warning : warnings_of_figures(comparison, b, a, taxonomy))
    comparison.warnings.push_back(std::move(warning));
  return comparison;
}

}  // namespace

Result<Comparison> compare(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                           const Taxonomy& taxonomy, const CompareOptions& options) {
  if (before.empty() || after.empty())
    return fail({"a comparison needs at least one run on each side", "", "socklock compare BEFORE... -- AFTER...",
                 ExitCode::kNotEnoughData});
  return measure_sides(before, after, taxonomy, options);
}

Result<Comparison> explore(std::span<const LabelledRun> runs, const Taxonomy& taxonomy, const CompareOptions& options) {
  if (runs.empty()) return fail({"nothing to show without a run", "", "", ExitCode::kNotEnoughData});
  return measure_sides(runs, {}, taxonomy, options);
}

Result<std::vector<SliceComparison>> compare_by(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                                                const Taxonomy& taxonomy, By by, const CompareOptions& options) {
  const WorkUnit unit = unit_of(before, after, options);
  Regrouping regrouping(taxonomy, by);
  regrouping.count(before);
  regrouping.count(after);
  regrouping.limit(kMaxGroups);
  const auto regrouped_before = regrouping.apply(before), regrouped_after = regrouping.apply(after);
  const Taxonomy groups = regrouping.groups();
  Side b = measure_side(regrouped_before, groups, unit), a = measure_side(regrouped_after, groups, unit);
  drop_repeated(b);
  drop_repeated(a);
  SOCKLOCK_TRY(check_work(b, unit));
  SOCKLOCK_TRY(check_work(a, unit));
  auto slices = Comparer(b, a, groups, unit, options).compare_all(SliceKind::kClass);
  for (SliceComparison& slice : slices) {
    const Slice& group = regrouping.group(*slice.lock_class);
    slice.lock_class = group.lock_class;
    slice.path = group.path;
    if (!group.lock_class) slice.role.reset();
  }
  return slices;
}

}  // namespace socklock::analyzer
