// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/commands.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "analyzer/cli/verbs.h"
#include "analyzer/render/text_table.h"
#include "base/result.h"

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

Error cannot_write(const std::string& path) {
  return {fmt::format("cannot write: {}", std::strerror(errno)), path.empty() ? "standard output" : "'" + path + "'",
          "", ExitCode::kBadInput};
}

// By way of a new file beside it, so that a full disk leaves no half report.
Result<void> write_output(const std::string& text, const std::string& path) {
  const std::string temporary = path + ".new";
  std::FILE* file = path.empty() ? stdout : std::fopen(temporary.c_str(), "we");
  if (file == nullptr) return fail(cannot_write(path));
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  if (path.empty()) return is_written ? Result<void>() : Result<void>(fail(cannot_write(path)));
  if ((std::fclose(file) == 0 && is_written) && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const Error error = cannot_write(path);
  std::remove(temporary.c_str());
  return fail(error);
}

Result<void> write_outcome(const Outcome& outcome, const Arguments& arguments) {
  for (const OutputFile& file : outcome.files) SOCKLOCK_TRY(write_output(file.text, file.path));
  if (arguments.verb == Verb::kImport) return {};  // has written its trace
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

Result<Taxonomy> taxonomy_of(const Arguments& arguments) {
  return arguments.taxonomy.empty() ? Result<Taxonomy>(Taxonomy::built_in()) : Taxonomy::load(arguments.taxonomy);
}

int run_command(const Arguments& arguments) {
  const auto outcome = run_verb(arguments);
  if (!outcome) return report_error(arguments, outcome.error());
  if (const auto written = write_outcome(*outcome, arguments); !written)
    return report_error(arguments, written.error());
  return static_cast<int>(outcome->exit_code);
}

}  // namespace socklock::analyzer
