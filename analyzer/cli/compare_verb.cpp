// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/compare_verb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "analyzer/cli/reading.h"
#include "analyzer/cli/work_line.h"
#include "analyzer/compare/compare.h"
#include "analyzer/compare/filtered.h"
#include "analyzer/document/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/load/redact.h"
#include "analyzer/measure/stated_work.h"
#include "analyzer/render/formats.h"
#include "base/nearest.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

Result<TwoSides> load_two_sides(const Arguments& arguments, const Taxonomy& taxonomy, Filter& filter,
                                RowSource source = RowSource::kSummaries) {
  SOCKLOCK_TRY_ASSIGN(auto before, traces_named(arguments.files, "before"));
  SOCKLOCK_TRY_ASSIGN(auto after, traces_named(arguments.after, "after"));
  for (const std::string& run : arguments.left_out)
    if (std::erase(before, run) + std::erase(after, run) == 0)
      return fail({"no such run on either side", "--leave-out " + run, "name it as the side does", ExitCode::kUsage});
  return read_sides(before, after, taxonomy, arguments, filter, source);
}

// One redaction for both sides: whether they were recorded on one host is still to be seen.
void redact(TwoSides& sides) {
  const Redaction redaction;
  for (auto* side : {&sides.before, &sides.after})
    for (LabelledRun& run : *side) redaction.apply(run.run);
}

// `option` is what the user gave for the side's runs; nothing: nothing.
Result<void> state_work(std::vector<LabelledRun>& side, const std::string& text, const char* option) {
  if (text.empty()) return {};
  SOCKLOCK_TRY_ASSIGN(const StatedWork work, parse_stated_work(text));
  if (work.counts.size() != side.size())
    return fail({fmt::format("{} counts for {} runs", work.counts.size(), side.size()),
                 std::string(option) + " " + text, "one count a run, in the order of the runs", ExitCode::kUsage});
  for (std::size_t i = 0; i < side.size(); ++i) side[i].run.facts.workload.stated[work.unit] = work.counts[i];
  return {};
}

// Of threads single events know, which may be a sample: all other figures stay those of the sums, which have all waits.
Result<void> add_groups(const Arguments& arguments, Filter filter, const TwoSides& sides, const CompareOptions& options,
                        Compared& compared) {
  const std::optional<By> by = by_named(arguments.by);
  if (!by) return {};
  compared.comparison.grouped_by = by;
  TwoSides of_events;
  if (needs_events(*by)) {
    SOCKLOCK_TRY_ASSIGN(of_events, load_two_sides(arguments, compared.taxonomy, filter, RowSource::kEvents));
    if (arguments.redact) redact(of_events);
    SOCKLOCK_TRY(state_work(of_events.before, arguments.work_before, "--work-before"));
    SOCKLOCK_TRY(state_work(of_events.after, arguments.work_after, "--work-after"));
  }
  const TwoSides& rows = needs_events(*by) ? of_events : sides;
  SOCKLOCK_TRY_ASSIGN(compared.comparison.groups, compare_by(rows.before, rows.after, compared.taxonomy, *by, options));
  return {};
}

constexpr std::string_view kRegressedClass = "regressed:";

// What --fail-on and --max-regression judge: the headline or a lock class; nothing where that class had no waits.
const SliceComparison* judged(const Comparison& comparison, std::string_view fail_on) {
  if (!fail_on.starts_with(kRegressedClass)) return &comparison.headline;
  const auto found =
      std::find_if(comparison.classes.begin(), comparison.classes.end(),
                   [&](const SliceComparison& slice) { return slice.name == fail_on.substr(kRegressedClass.size()); });
  return found == comparison.classes.end() ? nullptr : &*found;
}

bool is_regressed(const SliceComparison& slice) { return slice.verdict == Verdict::kRegressed; }

bool asks_for_a_verdict(const Arguments& arguments) {
  return (!arguments.fail_on.empty() && arguments.fail_on != "never") || arguments.max_regression_percent;
}

bool fails(const Comparison& comparison, const Arguments& arguments) {
  if (comparison.within_run_only) return false;  // single runs are described, not judged
  const std::string& fail_on = arguments.fail_on;
  const SliceComparison* const slice = judged(comparison, fail_on);
  if (slice == nullptr) return false;
  // The bound nearest to no change: a regression of at least that much is what the data say.
  if (arguments.max_regression_percent && slice->effect.low &&
      *slice->effect.low > 1 + *arguments.max_regression_percent / 100)
    return true;
  if (fail_on == "not-improved") return slice->verdict != Verdict::kImproved;
  if (fail_on == "any-regressed")
    return is_regressed(*slice) || std::any_of(comparison.classes.begin(), comparison.classes.end(), is_regressed);
  return fail_on.starts_with("regressed") && is_regressed(*slice);
}

Result<void> check_class(const std::string& fail_on, const Taxonomy& taxonomy) {
  if (!fail_on.starts_with(kRegressedClass)) return {};
  const std::string name = fail_on.substr(kRegressedClass.size());
  if (taxonomy.class_named(name)) return {};
  std::vector<std::string> known;
  for (const auto& lock_class : taxonomy.classes) known.push_back(lock_class.name);
  const std::string meant = nearest(name, known);
  return fail({"no such lock class", "--fail-on " + fail_on,
               meant.empty() ? "socklock report --by class shows the names" : "did you mean " + meant + "?",
               ExitCode::kUsage});
}

ExitCode exit_code_of(const Comparison& comparison, const Arguments& arguments, bool is_damaged) {
  if (fails(comparison, arguments)) return ExitCode::kFailOnHolds;
  if (is_damaged) return ExitCode::kBadInput;
  if (comparison.within_run_only && asks_for_a_verdict(arguments)) return ExitCode::kNotEnoughData;
  const auto contentions =
      comparison.headline.before.stats.sums.contentions + comparison.headline.after.stats.sums.contentions;
  return contentions < kMinContentions ? ExitCode::kNotEnoughData : ExitCode::kDone;
}

// A job that fails says why where its log is read, whatever became of the report.
void say_why_it_fails(const Comparison& comparison, const Arguments& arguments) {
  const std::string condition =
      arguments.fail_on.empty() || arguments.fail_on == "never"
          ? fmt::format("--max-regression {:.3g}", arguments.max_regression_percent.value_or(0))
          : "--fail-on " + arguments.fail_on;
  std::string what;
  const SliceComparison* const slice = judged(comparison, arguments.fail_on);
  if (slice != nullptr && (is_regressed(*slice) || arguments.fail_on != "any-regressed"))
    what = fmt::format("{}: {} ({})", slice->name, effect_text(*slice), name_of(slice->verdict));
  for (const SliceComparison& other : comparison.classes)
    if (what.empty() && is_regressed(other))
      what = fmt::format("{}: {} ({})", other.name, effect_text(other), name_of(other.verdict));
  fmt::print(stderr, "socklock compare: {} holds: {}\n", condition, printable(what));
}

}  // namespace

Result<Compared> compare_runs(const Arguments& arguments) {
  Compared compared;
  SOCKLOCK_TRY_ASSIGN(compared.taxonomy, taxonomy_of(arguments));
  SOCKLOCK_TRY(check_class(arguments.fail_on, compared.taxonomy));
  SOCKLOCK_TRY_ASSIGN(Filter filter, filter_of(arguments, compared.taxonomy));
  SOCKLOCK_TRY_ASSIGN(TwoSides sides, load_two_sides(arguments, compared.taxonomy, filter));
  compared.taxonomy = rules_meeting(std::move(compared.taxonomy), filter);
  if (arguments.redact) redact(sides);
  SOCKLOCK_TRY(state_work(sides.before, arguments.work_before, "--work-before"));
  SOCKLOCK_TRY(state_work(sides.after, arguments.work_after, "--work-after"));
  WorkLine line("comparing");
  CompareOptions options;
  options.criteria = {arguments.confidence_percent / 100, arguments.threshold_percent / 100, arguments.seed};
  options.unit = work_unit_named(arguments.unit);
  options.stacks_by_class_path = arguments.interactive;
  SOCKLOCK_TRY_ASSIGN(compared.comparison, compare(sides.before, sides.after, compared.taxonomy, options));
  options.unit = compared.comparison.unit;
  SOCKLOCK_TRY(add_groups(arguments, filter, sides, options, compared));
  line.end();
  say_filter(filter, compared.comparison);
  if (!arguments.left_out.empty())
    compared.comparison.warnings.push_back({.kind = WarningKind::kRunsLeftOut, .runs = arguments.left_out});
  if (arguments.redact) compared.comparison.warnings.push_back({.kind = WarningKind::kRedacted});
  std::vector<const Run*> runs;
  for (const auto* side : {&sides.before, &sides.after})
    for (const LabelledRun& run : *side) runs.push_back(&run.run);
  const bool is_damaged = exit_code_of(runs, "compare") != ExitCode::kDone;
  compared.exit_code = exit_code_of(compared.comparison, arguments, is_damaged);
  return compared;
}

Result<std::string> rendered(const Compared& compared, const Format& format, std::size_t limit) {
  const WorkLine line("describing");
  Document document = compare_document(compared.comparison, compared.taxonomy, format.detail, limit);
  if (&format == &kInteractiveFormat) add_interactive_data(compared.comparison, compared.taxonomy, document);
  return format.render(document);
}

Result<Outcome> compare_verb(const Arguments& arguments) {
  if (arguments.fleet.asks_for_groups()) return fleet_compare_verb(arguments);
  if (arguments.aa) return aa_verb(arguments);
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const Compared compared, compare_runs(arguments));
  SOCKLOCK_TRY_ASSIGN(std::string text, rendered(compared, *format, arguments.compare_limit));
  if (compared.exit_code == ExitCode::kFailOnHolds) say_why_it_fails(compared.comparison, arguments);
  return Outcome{std::move(text), compared.exit_code};
}

}  // namespace socklock::analyzer
