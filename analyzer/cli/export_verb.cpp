// SPDX-License-Identifier: GPL-2.0-or-later
// socklock export: load, put into another tool's format.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "analyzer/cli/reading.h"
#include "analyzer/cli/verb.h"
#include "analyzer/cli/work_line.h"
#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/load/redact.h"

namespace socklock::analyzer {
namespace {

Error usage(std::string what, std::string hint) { return {std::move(what), "", std::move(hint), ExitCode::kUsage}; }

Result<ExportRequest> load_request(const Arguments& arguments, const Taxonomy& taxonomy) {
  ExportRequest request{.taxonomy = taxonomy, .sides = {}, .paths = {}};
  SOCKLOCK_TRY_ASSIGN(request.filter, filter_of(arguments, taxonomy));
  // It reads single waits by itself, and knows the pseudonyms only.
  if (arguments.redact && request.filter.needs_events() && arguments.to == "perfetto")
    return fail(
        usage("--process, --thread and --cgroup need the names that --redact takes away", "leave one of them out"));
  SOCKLOCK_TRY_ASSIGN(request.paths, traces_named(arguments.files, "before"));
  std::vector<std::string> after;
  if (!arguments.after.empty()) {
    SOCKLOCK_TRY_ASSIGN(after, traces_named(arguments.after, "after"));
  }
  SOCKLOCK_TRY_ASSIGN(TwoSides sides, read_sides(request.paths, after, taxonomy, arguments, request.filter));
  const Redaction redaction;  // one for both sides
  if (arguments.redact)
    for (auto* side : {&sides.before, &sides.after})
      for (LabelledRun& run : *side) redaction.apply(run.run);
  request.sides.push_back({arguments.after.empty() ? "" : "before", std::move(sides.before)});
  if (!arguments.after.empty()) request.sides.push_back({"after", std::move(sides.after)});
  request.unit = work_unit_named(arguments.unit);
  request.measure = arguments.measure == "contentions" ? ProfileMeasure::kContentions : ProfileMeasure::kWait;
  return request;
}

Result<Outcome> outcome_of(std::vector<ExportFile> files, const std::string& output) {
  Outcome outcome;
  if (files.size() == 1) {
    outcome.text = std::move(files.front().bytes);
    return outcome;
  }
  if (output.empty() || output == "-")
    return fail(usage("two sides are two profiles, and need a file name",
                      "-o diff.pb.gz writes diff-before.pb.gz and diff-after.pb.gz, for pprof -diff_base"));
  for (ExportFile& file : files) outcome.files.push_back({path_for_side(output, file.side), std::move(file.bytes)});
  return outcome;
}

}  // namespace

Result<Outcome> export_verb(const Arguments& arguments) {
  const Exporter* const exporter = find_exporter(arguments.to);
  const bool is_for_terminal = (arguments.output.empty() || arguments.output == "-") && isatty(STDOUT_FILENO) != 0;
  if (exporter->is_binary && is_for_terminal)
    return fail(usage("not writing binary data to a terminal", "name a file: -o FILE"));
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const ExportRequest request, load_request(arguments, taxonomy));
  WorkLine line("exporting");
  SOCKLOCK_TRY_ASSIGN(auto files, exporter->run(request));
  line.end();
  SOCKLOCK_TRY_ASSIGN(Outcome outcome, outcome_of(std::move(files), arguments.output));
  std::vector<const Run*> loaded;
  for (const ExportSide& side : request.sides)
    for (const LabelledRun& run : side.runs) loaded.push_back(&run.run);
  outcome.exit_code = exit_code_of(loaded, "export");
  return outcome;
}

}  // namespace socklock::analyzer
