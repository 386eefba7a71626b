// SPDX-License-Identifier: GPL-2.0-or-later
// socklock export: load, put into another tool's format.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "analyzer/cli/reading.h"
#include "analyzer/cli/verb.h"
#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/load/redact.h"

namespace socklock::analyzer {
namespace {

Error usage(std::string what, std::string hint) { return {std::move(what), "", std::move(hint), ExitCode::kUsage}; }

Result<ExportRequest> load_request(const Arguments& arguments, const Taxonomy& taxonomy) {
  ExportRequest request{.taxonomy = taxonomy, .sides = {}, .paths = {}};
  const Redaction redaction;  // one for both sides
  for (const auto* words : {&arguments.files, &arguments.after}) {
    if (words->empty()) continue;
    const std::string name = words == &arguments.files ? "before" : "after";
    SOCKLOCK_TRY_ASSIGN(auto paths, traces_named(*words, name));
    ExportSide side{arguments.after.empty() ? "" : name, {}};
    SOCKLOCK_TRY_ASSIGN(side.runs, read_runs(paths, taxonomy, arguments));
    if (arguments.redact)
      for (LabelledRun& run : side.runs) redaction.apply(run.run);
    request.sides.push_back(std::move(side));
    if (request.paths.empty()) request.paths = std::move(paths);
  }
  request.unit = work_unit_named(arguments.unit);
  request.measure = arguments.measure == "contentions" ? ProfileMeasure::kContentions : ProfileMeasure::kWait;
  return request;
}

// "a.pb.gz" and "before" are "a-before.pb.gz".
std::string named_for_side(const std::string& path, const std::string& side) {
  const std::size_t folder = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
  const std::size_t dot = std::min(path.find('.', folder + 1), path.size());
  return path.substr(0, dot) + "-" + side + path.substr(dot);
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
  for (ExportFile& file : files) outcome.files.push_back({named_for_side(output, file.side), std::move(file.bytes)});
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
  SOCKLOCK_TRY_ASSIGN(auto files, exporter->run(request));
  SOCKLOCK_TRY_ASSIGN(Outcome outcome, outcome_of(std::move(files), arguments.output));
  std::vector<const Run*> loaded;
  for (const ExportSide& side : request.sides)
    for (const LabelledRun& run : side.runs) loaded.push_back(&run.run);
  outcome.exit_code = exit_code_of(loaded, "export");
  return outcome;
}

}  // namespace socklock::analyzer
