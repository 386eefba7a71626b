// SPDX-License-Identifier: GPL-2.0-or-later
// socklock compare --aa: would the verdicts on this host and load be honest?
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analyzer/cli/reading.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/cli/work_line.h"
#include "analyzer/compare/aa_study.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/measure/conditions.h"
#include "base/json_text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string aa_text(const AaStudy& study, const Criteria& criteria, const Filter& filter) {
  const std::string part =
      filter.is_empty() ? "" : fmt::format("  of the waits only: {}\n", fmt::join(condition_texts(filter), ", "));
  return fmt::format(
             "{} runs of one side, dealt out {} times at random as {} before and {} after\n"
             "  wait for the socket layer's locks per {}, {} confidence, threshold {}\n"
             "  improved      {:5}  (false)\n  regressed     {:5}  (false)\n  unchanged     {:5}\n  inconclusive  "
             "{:5}\n  not "
             "judged    {:5}  (fewer than {} runs a side)\n"
             "False verdicts: {} (at most {} is what the confidence allows)\n",
             study.runs, study.deals, study.runs_a_side, study.runs_a_side, singular_of(study.unit),
             format_percent(criteria.confidence), format_percent(criteria.threshold), study.improved, study.regressed,
             study.unchanged, study.inconclusive, study.not_judged, kMinRuns, format_percent(study.false_share()),
             format_percent(1 - criteria.confidence)) +
         part;
}

std::string aa_json(const AaStudy& study, const Criteria& criteria, const Filter& filter) {
  nlohmann::ordered_json document{{"schema", "socklock.null/1"},         {"runs", study.runs},
                                  {"runs_a_side", study.runs_a_side},    {"deals", study.deals},
                                  {"unit_of_work", name_of(study.unit)}, {"confidence", criteria.confidence},
                                  {"threshold", criteria.threshold},     {"seed", criteria.seed},
                                  {"improved", study.improved},          {"regressed", study.regressed},
                                  {"unchanged", study.unchanged},        {"inconclusive", study.inconclusive},
                                  {"not_judged", study.not_judged},      {"false_share", study.false_share()}};
  if (!filter.is_empty()) document["filter"] = condition_texts(filter);
  return dumped(document, 2) + "\n";
}

}  // namespace

Result<Outcome> aa_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const auto paths, traces_named(arguments.files, "before"));
  SOCKLOCK_TRY_ASSIGN(Filter filter, filter_of(arguments, taxonomy));
  SOCKLOCK_TRY_ASSIGN(const TwoSides sides, read_sides(paths, {}, taxonomy, arguments, filter));
  AaOptions options;
  options.compare.criteria = {arguments.confidence_percent / 100, arguments.threshold_percent / 100, arguments.seed};
  options.compare.unit = work_unit_named(arguments.unit);
  options.runs_a_side = arguments.aa_runs;
  const WorkLine line("dealing out");
  SOCKLOCK_TRY_ASSIGN(const AaStudy study, study_aa(sides.before, taxonomy, options));
  const Criteria& criteria = options.compare.criteria;
  return Outcome{arguments.json ? aa_json(study, criteria, filter) : aa_text(study, criteria, filter)};
}

}  // namespace socklock::analyzer
