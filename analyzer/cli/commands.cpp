// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/commands.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "analyzer/cli/output.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/load/run.h"
#include "base/result.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

const char* name_of(Verb verb) {
  switch (verb) {
    case Verb::kInfo: return "info";
    case Verb::kReport: return "report";
    case Verb::kCompare: return "compare";
    case Verb::kAb: return "ab";
    case Verb::kExport: return "export";
    case Verb::kImport: return "import";
    case Verb::kQuery: return "query";
    case Verb::kNone: break;
  }
  return "";
}

Result<Outcome> run_verb(const Arguments& arguments) {
  switch (arguments.verb) {
    case Verb::kInfo: return info_verb(arguments);
    case Verb::kReport: return report_verb(arguments);
    case Verb::kCompare: return arguments.null ? null_verb(arguments) : compare_verb(arguments);
    case Verb::kAb: return ab_verb(arguments);
    case Verb::kExport: return export_verb(arguments);
    case Verb::kImport: return import_verb(arguments);
    case Verb::kQuery: return query_verb(arguments);
    case Verb::kNone: break;
  }
  return fail({"no verb", "", "", ExitCode::kUsage});
}

Result<void> write_outcome(const Outcome& outcome, const Arguments& arguments) {
  for (const OutputFile& file : outcome.files) SOCKLOCK_TRY(write_output(file.text, file.path));
  // They have written what they had to say.
  if (arguments.verb == Verb::kImport || arguments.verb == Verb::kQuery) return {};
  return outcome.files.empty() ? write_output(outcome.text, arguments.output) : Result<void>();
}

int report_error(const Arguments& arguments, const Error& error) {
  if (arguments.json) {
    const nlohmann::ordered_json document{{"schema", "socklock.error/1"},
                                          {"error",
                                           {{"what", error.what},
                                            {"where", error.where},
                                            {"hint", error.hint},
                                            {"exit_code", static_cast<int>(error.exit_code)}}}};
    fmt::print(stderr, "{}\n", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    fmt::print(stderr, "socklock {}: {}\n", name_of(arguments.verb), printable(error.message()));
    if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", printable(error.hint));
  }
  return static_cast<int>(error.exit_code);
}

}  // namespace

ExitCode exit_code_of(const Run& run) {
  return run.damage.empty() && run.unknown_ids == 0 ? ExitCode::kDone : ExitCode::kBadInput;
}

ExitCode exit_code_of(std::span<const Run* const> runs, std::string_view verb) {
  ExitCode exit_code = ExitCode::kDone;
  for (const Run* run : runs) {
    if (exit_code_of(*run) == ExitCode::kDone) continue;
    exit_code = exit_code_of(*run);
    fmt::print(stderr, "socklock {}: '{}' is damaged: what could be read of it is used\n", verb, printable(run->path));
  }
  return exit_code;
}

Result<Taxonomy> taxonomy_of(const Arguments& arguments) {
  return arguments.taxonomy.empty() ? Result<Taxonomy>(Taxonomy::built_in()) : Taxonomy::load(arguments.taxonomy);
}

Result<const Format*> format_of(const Arguments& arguments) {
  const Format* format = format_named(arguments.format);
  if (arguments.format.empty() && !arguments.output.empty()) format = format_of_file(arguments.output);
  if (arguments.format.empty() && format == nullptr) format = kFormats.data();
  if (format == nullptr)
    return fail({"no such format", "'" + arguments.format + "'",
                 fmt::format("one of {}", fmt::join(format_names(), ", ")), ExitCode::kUsage});
  return format;
}

int run_command(const Arguments& arguments) {
  const auto outcome = run_verb(arguments);
  if (!outcome) return report_error(arguments, outcome.error());
  if (const auto written = write_outcome(*outcome, arguments); !written)
    return report_error(arguments, written.error());
  return static_cast<int>(outcome->exit_code);
}

}  // namespace socklock::analyzer
