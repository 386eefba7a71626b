// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/analysis.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/measure/breakdown.h"
#include "base/out_of_memory.h"

namespace socklock::gui {
namespace {

using analyzer::By;
using analyzer::Comparison;
using analyzer::LabelledRun;
using analyzer::SliceComparison;

// Of the work of a load; the rest is measuring.
constexpr double kLoadShare = 0.65;
// Until effects are known.
constexpr double kCompareShare = 0.85;

Result<std::vector<SliceComparison>> groups_of(const Question& question, const Comparison& comparison,
                                               const std::vector<LabelledRun>& before,
                                               const std::vector<LabelledRun>& after,
                                               const analyzer::Taxonomy& taxonomy) {
  analyzer::CompareOptions options;
  options.unit = comparison.unit;
  options.criteria = comparison.criteria;
  const auto by = [&](By division) { return analyzer::compare_by(before, after, taxonomy, division, options); };
  switch (question.grouping) {
    case Grouping::kRole: return comparison.roles;
    case Grouping::kClass: return comparison.classes;
    case Grouping::kClassPath: return comparison.class_paths;
    case Grouping::kPath: return by(By::kPath);
    case Grouping::kInstance: return by(By::kInstance);
    case Grouping::kFunction: return by(By::kFunction);
    case Grouping::kProcess: return by(By::kProcess);
  }
  return comparison.classes;
}

WaitTimes times_of(const std::vector<LabelledRun>& runs, const analyzer::SideMeasures& measures, double confidence) {
  return {measures.stats.sums.contentions, measures.contentions_per_unit, analyzer::distribution(measures.stats),
          analyzer::cumulative(measures.stats), analyzer::quantiles(runs, confidence)};
}

void add_sample(const LabelledRun& run, const analyzer::Taxonomy& taxonomy, StackSample& sample) {
  const analyzer::StackSampling& sampling = run.sampling;
  if (!sampling.used) return;
  const auto waits = static_cast<double>(sampling.sampled + sampling.exact + sampling.estimated + sampling.unknown);
  sample.waits += waits;
  sample.with_stack += static_cast<double>(sampling.sampled);
  const auto slices = analyzer::break_down(run, taxonomy, By::kFunction);
  double wait_ns = 0, error_ns = 0;
  for (const analyzer::Slice& slice : slices) {
    wait_ns += static_cast<double>(slice.stats.sums.wait_ns);
    error_ns = std::max(error_ns, slice.error.wait_ns);
  }
  if (wait_ns > 0) sample.error_share = std::max(sample.error_share, error_ns / wait_ns);
}

// The filtered waits are the question then, and whoever reads a report has to know.
void say_filter(const analyzer::Filter& filter, Comparison& comparison) {
  if (filter.is_empty()) return;
  analyzer::Warning warning{.kind = analyzer::WarningKind::kOnlyPart};
  for (const auto& [kind, value] : analyzer::conditions(filter))
    warning.before.push_back(fmt::format("{} {}", kind, value));
  comparison.warnings.insert(comparison.warnings.begin(), warning);
  comparison.everything.name = "waits that meet the filter";
  comparison.headline = comparison.everything;
}

}  // namespace

const char* nameOf(Grouping grouping) {
  switch (grouping) {
    case Grouping::kRole: return "role";
    case Grouping::kClass: return "lock class";
    case Grouping::kClassPath: return "class × path";
    case Grouping::kPath: return "call path";
    case Grouping::kInstance: return "instance";
    case Grouping::kFunction: return "function";
    case Grouping::kProcess: return "process";
  }
  return "";
}

Result<std::shared_ptr<const LoadedRuns>> RunCache::load(const Question& question, const analyzer::Taxonomy& taxonomy,
                                                         const Progress& progress) {
  const bool from_events = question.needsEvents();
  const Key key{question.before, question.after, from_events, question.filter.range};
  {
    const std::lock_guard lock(mutex_);
    if (runs_ && key_ == key) return runs_;
  }
  auto loaded = std::make_shared<LoadedRuns>();
  SOCKLOCK_TRY_ASSIGN(loaded->before_paths, analyzer::traces_named(question.before, "before"));
  SOCKLOCK_TRY_ASSIGN(loaded->after_paths, analyzer::traces_named(question.after, "after"));
  const std::uint64_t bytes_of_both =
      analyzer::bytes_of(loaded->before_paths) + analyzer::bytes_of(loaded->after_paths);
  const auto bytes = static_cast<double>(std::max<std::uint64_t>(1, bytes_of_both));
  const analyzer::LoadOptions options{
      .source = from_events ? analyzer::RowSource::kEvents : analyzer::RowSource::kSummaries,
      .range = question.filter.range,
      .progress = [&](std::uint64_t done) { return progress(kLoadShare * static_cast<double>(done) / bytes); }};
  SOCKLOCK_TRY_ASSIGN(auto sides, analyzer::load_sides(loaded->before_paths, loaded->after_paths, taxonomy, options));
  loaded->before = std::move(sides.before);
  loaded->after = std::move(sides.after);
  for (const auto* const side : {&loaded->before, &loaded->after})
    for (const LabelledRun& run : *side) add_sample(run, taxonomy, loaded->stacks);
  const std::lock_guard lock(mutex_);
  key_ = key;
  runs_ = loaded;
  return runs_;
}

namespace {

Result<FindingsPtr> find_answer(const Question& question, const analyzer::Taxonomy& taxonomy, RunCache& cache,
                                const RunCache::Progress& progress) {
  auto findings = std::make_shared<Findings>();
  findings->question = question;
  findings->taxonomy = analyzer::rules_meeting(taxonomy, question.filter);
  SOCKLOCK_TRY_ASSIGN(findings->runs, cache.load(question, taxonomy, progress));
  if (!progress(kLoadShare)) return fail({analyzer::kCancelled, "", "", ExitCode::kBadInput});
  auto before = analyzer::filtered(findings->runs->before, taxonomy, question.filter);
  const auto after = analyzer::filtered(findings->runs->after, taxonomy, question.filter);
  analyzer::CompareOptions options;
  options.unit = question.unit;
  SOCKLOCK_TRY_ASSIGN(findings->comparison, question.isComparison()
                                                ? analyzer::compare(before, after, findings->taxonomy, options)
                                                : analyzer::explore(before, findings->taxonomy, options));
  if (!question.label_before.empty()) findings->comparison.before.label = question.label_before;
  if (!question.label_after.empty()) findings->comparison.after.label = question.label_after;
  SOCKLOCK_TRY_ASSIGN(findings->groups, groups_of(question, findings->comparison, before, after, taxonomy));
  say_filter(question.filter, findings->comparison);
  if (!progress(kCompareShare)) return fail({analyzer::kCancelled, "", "", ExitCode::kBadInput});
  const auto& comparison = findings->comparison;
  findings->times_before = times_of(before, comparison.everything.before, comparison.criteria.confidence);
  findings->times_after = times_of(after, comparison.everything.after, comparison.criteria.confidence);
  findings->bottom_up = analyzer::bottom_up(comparison.stacks);
  findings->functions = analyzer::functions(comparison.stacks);
  findings->tables = analyzer::table_buckets(before, after, taxonomy, comparison.unit);
  findings->filtered_before = std::move(before);
  progress(1);
  return FindingsPtr(std::move(findings));
}

}  // namespace

Result<FindingsPtr> answer(const Question& question, const analyzer::Taxonomy& taxonomy, RunCache& cache,
                           const RunCache::Progress& progress) {
  return within_memory([&] { return find_answer(question, taxonomy, cache, progress); });
}

}  // namespace socklock::gui
