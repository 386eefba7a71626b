// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "analyzer/cli/reading.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/cli/work_line.h"
#include "analyzer/document/what_if.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/render/formats.h"
#include "analyzer/whatif/load_use.h"

namespace socklock::analyzer {
namespace {

// A bit of each part says which of them it is about.
constexpr std::size_t kMostChanges = 16;

Result<std::vector<Change>> changes_of(const WhatIfArguments& asked, const Taxonomy& taxonomy) {
  std::vector<Change> changes;
  for (const auto& [kind, words] : {std::pair{ChangeKind::kSplit, &asked.split},
                                    {ChangeKind::kAvoid, &asked.avoid},
                                    {ChangeKind::kShorter, &asked.shorter}})
    for (const std::string& word : *words) {
      SOCKLOCK_TRY_ASSIGN(Change change, parse_change(kind, word, taxonomy));
      changes.push_back(std::move(change));
    }
  if (changes.size() > kMostChanges)
    return fail({fmt::format("{} changes", changes.size()), "", fmt::format("at most {} at once", kMostChanges),
                 ExitCode::kUsage});
  return changes;
}

// Files, of an experiment the side before.
Result<std::vector<LabelledRun>> runs_of(const std::vector<std::string>& words, const std::string& side,
                                         const Taxonomy& taxonomy, const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const auto paths, traces_named(words, side));
  return read_runs(paths, taxonomy, arguments);
}

ExitCode what_if_exit_code(const WhatIf& estimate, const Arguments& arguments, bool is_damaged) {
  if (estimate.is_refused()) return ExitCode::kNotEnoughData;
  // The bound that is nearest to what is hoped for: that at least so much is left is what the estimate says.
  if (arguments.what_if.most_left && estimate.left.low > *arguments.what_if.most_left) return ExitCode::kFailOnHolds;
  return is_damaged ? ExitCode::kBadInput : ExitCode::kDone;
}

}  // namespace

Result<Outcome> what_if_verb(const Arguments& arguments) {
  const WhatIfArguments& asked = arguments.what_if;
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const auto changes, changes_of(asked, taxonomy));
  if (changes.empty() && (!asked.measured.empty() || asked.most_left))
    return fail({"without a change there is nothing to measure it by", "",
                 "--split CLASS=N, --avoid CLASS@PATH or "
                 "--shorter CLASS=K",
                 ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const auto runs, runs_of(arguments.files, "before", taxonomy, arguments));
  std::vector<const Run*> pointers;
  for (const LabelledRun& run : runs) pointers.push_back(&run.run);
  const bool is_damaged = exit_code_of(pointers, "what-if") != ExitCode::kDone;
  std::vector<LabelledRun> after;
  if (!asked.measured.empty()) {
    SOCKLOCK_TRY_ASSIGN(after, runs_of(asked.measured, "after", taxonomy, arguments));
  }
  const WorkLine line("estimating");
  SOCKLOCK_TRY_ASSIGN(const LoadedUse use, load_use(runs, taxonomy, changes, work_unit_named(arguments.unit)));
  const OutlookOptions options{.threads = asked.threads, .seed = arguments.seed};
  if (changes.empty()) {
    ClassProspects prospects = class_prospects(use.runs, options);
    prospects.unit_singular = singular_of(use.unit);
    SOCKLOCK_TRY_ASSIGN(std::string text, format->render(class_prospects_document(prospects, format->detail)));
    return Outcome{std::move(text), is_damaged ? ExitCode::kBadInput : ExitCode::kDone};
  }
  WhatIf estimate = what_if(use.runs, changes, options);
  estimate.unit = name_of(use.unit);
  estimate.unit_singular = singular_of(use.unit);
  if (!asked.measured.empty()) {
    SOCKLOCK_TRY_ASSIGN(const auto real, load_use_in(after, taxonomy, changes, use.unit));
    compare_with(estimate, real);
  }
  SOCKLOCK_TRY_ASSIGN(std::string text, format->render(what_if_document(estimate, format->detail)));
  return Outcome{std::move(text), what_if_exit_code(estimate, arguments, is_damaged)};
}

}  // namespace socklock::analyzer
