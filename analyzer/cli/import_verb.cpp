// SPDX-License-Identifier: GPL-2.0-or-later
// socklock import: another tool's recording in, a trace out.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <istream>

#include "analyzer/cli/progress_line.h"
#include "analyzer/cli/verb.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/measure/stated_work.h"
#include "base/text.h"
#include "base/units.h"
#include "import/gzip_input.h"
#include "import/importers.h"
#include "import/kernel_symbols.h"

namespace socklock::analyzer {
namespace {

// "before.txt.gz" -> "before.slk"
std::string trace_name(std::filesystem::path input) {
  input = input.filename();
  if (input.extension() == ".gz") input = input.stem();
  return input.stem().string() + ".slk";
}

// What is known of a file before it is opened, for better words than a reader has.
Result<void> check_input(const std::string& path) {
  if (path == "-") return {};
  std::error_code error;
  const auto there = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(there))
    return fail({"this is a folder", "'" + path + "'", "name a file", ExitCode::kBadInput});
  if (access(path.c_str(), R_OK) != 0)
    return fail({std::string("cannot read: ") + std::strerror(errno), "'" + path + "'", "", ExitCode::kBadInput});
  return {};
}

Result<trace::TraceWriter> open_trace(const std::string& output, bool overwrite) {
  if (output != "-") return trace::TraceWriter::create(output, overwrite);
  if (isatty(STDOUT_FILENO) != 0)
    return fail({"a trace is binary and standard output is a terminal", "-o -", "redirect it: ... -o - > run.slk",
                 ExitCode::kUsage});
  return trace::TraceWriter::to_descriptor(STDOUT_FILENO, "standard output");
}

Result<const imports::Importer*> importer_of(const Arguments& arguments, std::string_view head,
                                             const std::string& input) {
  if (arguments.import_format.empty()) return imports::find_importer(head, input);
  SOCKLOCK_TRY(imports::check_importable(head, input));
  return imports::importer_named(arguments.import_format);
}

// What was said to be of one format and looks like another.
Error with_better_format(Error error, const imports::Importer& importer, const imports::Importer* other) {
  if (other != nullptr && other != &importer)
    error.hint =
        fmt::format("this looks like {}: {}; socklock import FILE finds that itself", other->name, other->reads);
  return error;
}

// Of each unit one count.
Result<std::map<std::string, std::uint64_t>> work_stated(const std::vector<std::string>& texts) {
  std::map<std::string, std::uint64_t> work;
  for (const std::string& text : texts) {
    SOCKLOCK_TRY_ASSIGN(const StatedWork stated, parse_stated_work(text));
    if (stated.counts.size() != 1 || !work.emplace(stated.unit, stated.counts.front()).second)
      return fail({"one count of each unit is of this run", "--work " + text, "connections=967", ExitCode::kUsage});
  }
  return work;
}

Result<std::optional<imports::KernelSymbols>> symbols_in(const std::string& path) {
  if (path.empty()) return std::nullopt;
  imports::GzipInput buffer(path);
  if (!buffer.is_open()) return fail({"cannot read", "'" + path + "'", "", ExitCode::kBadInput});
  std::istream in(&buffer);
  SOCKLOCK_TRY_ASSIGN(auto symbols, imports::KernelSymbols::read(in, path));
  return symbols;
}

}  // namespace

Result<Outcome> import_verb(const Arguments& arguments) {
  const std::string& input = arguments.import_file;
  std::string output = arguments.output;
  if (output.empty() && input == "-") return fail({"the trace needs a name", "", "-o FILE", ExitCode::kUsage});
  if (output.empty()) output = trace_name(input);
  SOCKLOCK_TRY(check_input(input));
  imports::GzipInput buffer(input);
  if (!buffer.is_open()) return fail({"cannot read", "'" + input + "'", "", ExitCode::kBadInput});
  const auto found = imports::find_importer(buffer.head(), input);
  std::istream in(&buffer);
  SOCKLOCK_TRY_ASSIGN(const imports::Importer* importer, importer_of(arguments, buffer.head(), input));
  imports::ImportOptions options{arguments.label, input, arguments.import_duration_s};
  SOCKLOCK_TRY_ASSIGN(options.work, work_stated(arguments.import_work));
  SOCKLOCK_TRY_ASSIGN(const auto symbols, symbols_in(arguments.import_symbols));
  options.symbols = symbols ? &*symbols : nullptr;
  SOCKLOCK_TRY_ASSIGN(auto writer, open_trace(output, arguments.overwrite));
  ProgressLine line(input == "-" ? 0 : bytes_of({input}));
  buffer.on_read([&line](std::uint64_t bytes_read) { line.show(bytes_read); });
  const auto imported = importer->import(in, options, writer);
  if (!imported) return fail(with_better_format(imported.error(), *importer, found ? *found : nullptr));
  std::string text = fmt::format("{}: {} waits", output, format_count(static_cast<double>(imported->contentions)));
  if (imported->lost > 0) text += fmt::format(", {} lost", format_count(static_cast<double>(imported->lost)));
  if (imported->skipped > 0)
    text += fmt::format("; {} other lines passed over", format_count(static_cast<double>(imported->skipped)));
  if (!imported->knows_duration)
    text += "; how long was recorded is not known, and --duration SECONDS states it: without it there is no verdict";
  const std::string damage = buffer.error();
  if (!damage.empty()) text += fmt::format("; {}: {}", input, damage);
  fmt::print(stderr, "socklock import: {}\n", printable(text));
  Outcome outcome;
  outcome.exit_code = damage.empty() ? ExitCode::kDone : ExitCode::kBadInput;
  outcome.is_written = true;
  return outcome;
}

}  // namespace socklock::analyzer
