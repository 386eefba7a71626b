// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/analysis.h"

#include <algorithm>
#include <map>

#include "analyzer/compare/filtered.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/load_parts.h"
#include "base/out_of_memory.h"

namespace socklock::gui {
namespace {

using analyzer::By;
using analyzer::Comparison;
using analyzer::LabelledRun;
using analyzer::SliceComparison;

// What reading, measuring and estimating take, so that the bar moves evenly whether there is much of it or little.
// Where runs are too few to vary, their intervals are drawn from, of which long recordings have many.
constexpr double kReadNsPerByte = 7, kDrawNsPerByte = 3.5;
constexpr double kMeasureNs = 5e7;

// Of all that an answer takes, the share of reading.
double loadShare(const LoadedRuns& runs) {
  const auto bytes = static_cast<double>(analyzer::bytes_of(runs.before_paths) + analyzer::bytes_of(runs.after_paths));
  const std::size_t fewest = std::min(runs.before_paths.size(), runs.after_paths.size());
  const bool draws_intervals = fewest > 0 && fewest < analyzer::kMinRuns;
  const double read_ns = kReadNsPerByte * bytes;
  return read_ns / (read_ns + (draws_intervals ? kDrawNsPerByte * bytes : 0) + kMeasureNs);
}

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
    case Grouping::kCgroup: return by(By::kCgroup);
    case Grouping::kNetns: return by(By::kNetns);
  }
  return comparison.classes;
}

WaitTimes times_of(const std::vector<LabelledRun>& runs, const analyzer::SideMeasures& measures, double confidence) {
  return {measures.stats.sums.contentions, measures.contentions_per_unit, analyzer::distribution(measures.stats),
          analyzer::cumulative(measures.stats), analyzer::quantiles(runs, confidence)};
}

void add_sample(const LabelledRun& run, const analyzer::Taxonomy& taxonomy, StackSample& sample) {
  const analyzer::StackSampling& sampling = run.sampling;
  if (!sampling.used || sampling.is_part) return;
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

// Per run, for a side may have many more than the other.
std::vector<std::string> classesByWait(const LoadedRuns& runs, const analyzer::Taxonomy& taxonomy) {
  std::map<std::string, double> wait_ns;
  for (const auto* const side : {&runs.before, &runs.after})
    for (const LabelledRun& run : *side)
      for (const analyzer::Slice& slice : analyzer::break_down(run, taxonomy, By::kClass))
        wait_ns[slice.name] += static_cast<double>(slice.stats.sums.wait_ns) / static_cast<double>(side->size());
  std::vector<std::string> classes;
  for (const auto& [name, wait] : wait_ns) classes.push_back(name);
  std::stable_sort(classes.begin(), classes.end(),
                   [&wait_ns](const std::string& a, const std::string& b) { return wait_ns[a] > wait_ns[b]; });
  return classes;
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
    case Grouping::kCgroup: return "cgroup";
    case Grouping::kNetns: return "network namespace";
  }
  return "";
}

namespace {

std::string cpusOf(const analyzer::Filter& filter) {
  const analyzer::CpuChoice choice = filter.cpu_choice();
  return (choice.only ? analyzer::text_of_cpus(*choice.only) : "all") + "!" + analyzer::text_of_cpus(choice.left_out);
}

}  // namespace

Result<std::shared_ptr<const LoadedRuns>> RunCache::load(const Question& question, const analyzer::Taxonomy& taxonomy,
                                                         const Progress& progress) {
  const bool from_events = question.needsEvents();
  const Key key{question.before,
                question.after,
                question.left_out,
                from_events,
                question.filter.range,
                question.filter.range_after,
                question.filter.min_wait_ns,
                cpusOf(question.filter)};
  {
    const std::lock_guard lock(mutex_);
    if (runs_ && key_ == key) return runs_;
  }
  auto loaded = std::make_shared<LoadedRuns>();
  loaded->taxonomy = taxonomy;
  SOCKLOCK_TRY_ASSIGN(loaded->before_paths, analyzer::traces_named(question.before, "before"));
  SOCKLOCK_TRY_ASSIGN(loaded->after_paths, analyzer::traces_named(question.after, "after"));
  for (const std::string& run : question.left_out) {
    std::erase(loaded->before_paths, run);
    std::erase(loaded->after_paths, run);
  }
  const std::uint64_t bytes_of_both =
      analyzer::bytes_of(loaded->before_paths) + analyzer::bytes_of(loaded->after_paths);
  const auto bytes = static_cast<double>(std::max<std::uint64_t>(1, bytes_of_both));
  const double share = loadShare(*loaded);
  const analyzer::LoadOptions options{
      .source = from_events ? analyzer::RowSource::kEvents : analyzer::RowSource::kSummaries,
      .progress = [&](std::uint64_t done) { return progress(share * static_cast<double>(done) / bytes); }};
  SOCKLOCK_TRY_ASSIGN(
      auto sides, analyzer::load_parts(loaded->before_paths, loaded->after_paths, taxonomy, question.filter, options));
  loaded->before = std::move(sides.before);
  loaded->after = std::move(sides.after);
  for (const auto* const side : {&loaded->before, &loaded->after})
    for (const LabelledRun& run : *side) add_sample(run, taxonomy, loaded->stacks);
  const std::lock_guard lock(mutex_);
  // A stretch of time changes no colours.
  if (classes_.empty() || key_.before != key.before || key_.after != key.after)
    classes_ = classesByWait(*loaded, taxonomy);
  loaded->classes = classes_;
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
  const double load_share = loadShare(*findings->runs);
  if (!progress(load_share)) return fail({analyzer::kCancelled, "", "", ExitCode::kBadInput});
  auto before = analyzer::filtered(findings->runs->before, taxonomy, question.filter);
  const auto after = analyzer::filtered(findings->runs->after, taxonomy, question.filter);
  analyzer::CompareOptions options;
  options.unit = question.unit;
  options.criteria.confidence = question.confidence;
  options.criteria.threshold = question.threshold;
  options.progress = [&](double share) { progress(load_share + (1 - load_share) * share); };
  SOCKLOCK_TRY_ASSIGN(findings->comparison, question.isComparison()
                                                ? analyzer::compare(before, after, findings->taxonomy, options)
                                                : analyzer::explore(before, findings->taxonomy, options));
  if (!question.label_before.empty()) findings->comparison.before.label = question.label_before;
  if (!question.label_after.empty()) findings->comparison.after.label = question.label_after;
  SOCKLOCK_TRY_ASSIGN(findings->groups, groups_of(question, findings->comparison, before, after, taxonomy));
  analyzer::say_filter(question.filter, findings->comparison);
  if (!question.left_out.empty())
    findings->comparison.warnings.push_back({.kind = analyzer::WarningKind::kRunsLeftOut, .runs = question.left_out});
  if (!progress(1)) return fail({analyzer::kCancelled, "", "", ExitCode::kBadInput});
  const auto& comparison = findings->comparison;
  findings->times_before = times_of(before, comparison.everything.before, comparison.criteria.confidence);
  findings->times_after = times_of(after, comparison.everything.after, comparison.criteria.confidence);
  findings->bottom_up = analyzer::bottom_up(comparison.stacks);
  findings->functions = analyzer::functions(comparison.stacks);
  findings->tables = analyzer::table_buckets(before, after, taxonomy, comparison.unit);
  findings->filtered_before = std::move(before);
  return FindingsPtr(std::move(findings));
}

}  // namespace

Result<FindingsPtr> answer(const Question& question, const analyzer::Taxonomy& taxonomy, RunCache& cache,
                           const RunCache::Progress& progress) {
  return within_memory([&] { return find_answer(question, taxonomy, cache, progress); });
}

}  // namespace socklock::gui
