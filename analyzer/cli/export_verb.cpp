// SPDX-License-Identifier: GPL-2.0-or-later
// socklock export: load, put into another tool's format.
#include <unistd.h>

#include <algorithm>

#include "analyzer/cli/verbs.h"
#include "analyzer/export/benchstat.h"
#include "analyzer/export/folded.h"
#include "analyzer/export/openmetrics.h"
#include "analyzer/export/perfetto.h"
#include "analyzer/export/pprof.h"
#include "analyzer/export/speedscope.h"
#include "analyzer/export/waits_csv.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/redact.h"

namespace socklock::analyzer {
namespace {

Error usage(std::string what, std::string hint) { return {std::move(what), "", std::move(hint), ExitCode::kUsage}; }

Result<ExportSide> load_side(const std::vector<std::string>& words, const std::string& name, const Arguments& arguments,
                             const Taxonomy& taxonomy, const Redaction& redaction) {
  SOCKLOCK_TRY_ASSIGN(const auto paths, traces_named(words, name));
  ExportSide side{arguments.after.empty() ? "" : name, {}};
  SOCKLOCK_TRY_ASSIGN(side.runs, load_runs(paths, taxonomy));
  if (arguments.redact)
    for (LabelledRun& run : side.runs) redaction.apply(run.run);
  return side;
}

WorkUnit unit_of(const std::vector<ExportSide>& sides, const Arguments& arguments) {
  if (const auto unit = work_unit_named(arguments.unit)) return *unit;
  std::vector<const Run*> runs;
  for (const ExportSide& side : sides)
    for (const LabelledRun& run : side.runs) runs.push_back(&run.run);
  return default_work_unit(runs);
}

// Sides that are compared are scaled to the same work; one side is as it was recorded, unless a unit is asked for.
Result<std::vector<StackProfile>> profiles_of(const std::vector<ExportSide>& sides, const Arguments& arguments) {
  std::optional<WorkUnit> unit = work_unit_named(arguments.unit);
  if (sides.size() > 1) unit = unit_of(sides, arguments);
  std::vector<StackProfile> profiles;
  for (const ExportSide& side : sides) {
    SOCKLOCK_TRY_ASSIGN(StackProfile profile, stack_profile(side.runs, unit));
    if (!side.name.empty()) profile.name = side.name;
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

// "a.pb.gz" and "before" are "a-before.pb.gz".
std::string named_for_side(const std::string& path, const std::string& side) {
  const std::size_t folder = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
  const std::size_t dot = std::min(path.find('.', folder + 1), path.size());
  return path.substr(0, dot) + "-" + side + path.substr(dot);
}

Result<Outcome> pprof_outcome(const std::vector<StackProfile>& profiles, const Arguments& arguments,
                              const Taxonomy& taxonomy) {
  if (profiles.size() == 1) return Outcome{pprof_gz(profiles.front(), taxonomy)};
  if (arguments.output.empty())
    return fail(usage("two sides are two profiles, and need a file name",
                      "-o diff.pb.gz writes diff-before.pb.gz and diff-after.pb.gz, for pprof -diff_base"));
  Outcome outcome;
  for (const StackProfile& profile : profiles)
    outcome.files.push_back({named_for_side(arguments.output, profile.name), pprof_gz(profile, taxonomy)});
  return outcome;
}

Result<Outcome> of_profiles(const std::vector<ExportSide>& sides, const Arguments& arguments,
                            const Taxonomy& taxonomy) {
  SOCKLOCK_TRY_ASSIGN(const auto profiles, profiles_of(sides, arguments));
  if (arguments.to == "pprof") return pprof_outcome(profiles, arguments, taxonomy);
  if (arguments.to == "speedscope") return Outcome{speedscope(profiles, taxonomy)};
  const ProfileMeasure measure =
      arguments.measure == "contentions" ? ProfileMeasure::kContentions : ProfileMeasure::kWait;
  if (profiles.size() == 1) return Outcome{folded(profiles.front(), taxonomy, measure)};
  return Outcome{folded_pair(profiles[0], profiles[1], taxonomy, measure)};
}

Result<Outcome> perfetto_outcome(const Arguments& arguments, const Taxonomy& taxonomy) {
  if (!arguments.after.empty() || arguments.files.size() != 1)
    return fail(usage("Perfetto's format takes one trace", "export one trace at a time"));
  const std::string& path = arguments.files.front();
  SOCKLOCK_TRY_ASSIGN(Run run, load_run(path));
  SOCKLOCK_TRY_ASSIGN(EventReader events, EventReader::open(path));
  if (run.events == 0)
    return fail({"no single events in this trace", "'" + path + "'", "summaries can be exported to the other formats",
                 ExitCode::kNotEnoughData});
  if (arguments.redact) Redaction().apply(run);
  const Run* const only = &run;
  return Outcome{perfetto_trace(run, taxonomy, events), exit_code_of(std::span(&only, 1), "export")};
}

bool is_binary(const std::string& format) { return format == "pprof" || format == "perfetto"; }

}  // namespace

Result<Outcome> export_verb(const Arguments& arguments) {
  if (is_binary(arguments.to) && arguments.output.empty() && isatty(STDOUT_FILENO) != 0)
    return fail(usage("not writing binary data to a terminal", "name a file: -o FILE"));
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  if (arguments.to == "perfetto") return perfetto_outcome(arguments, taxonomy);
  std::vector<ExportSide> sides;
  const Redaction redaction;
  SOCKLOCK_TRY_ASSIGN(sides.emplace_back(), load_side(arguments.files, "before", arguments, taxonomy, redaction));
  if (!arguments.after.empty()) {
    SOCKLOCK_TRY_ASSIGN(sides.emplace_back(), load_side(arguments.after, "after", arguments, taxonomy, redaction));
  }
  Outcome outcome;
  if (arguments.to == "csv") {
    outcome.text = waits_csv(sides, taxonomy);
  } else if (arguments.to == "openmetrics") {
    outcome.text = openmetrics(sides, taxonomy);
  } else if (arguments.to == "benchstat") {
    SOCKLOCK_TRY_ASSIGN(outcome.text, benchstat(sides, taxonomy, unit_of(sides, arguments)));
  } else {
    SOCKLOCK_TRY_ASSIGN(outcome, of_profiles(sides, arguments, taxonomy));
  }
  std::vector<const Run*> loaded;
  for (const ExportSide& side : sides)
    for (const LabelledRun& run : side.runs) loaded.push_back(&run.run);
  outcome.exit_code = exit_code_of(loaded, "export");
  return outcome;
}

}  // namespace socklock::analyzer
