// SPDX-License-Identifier: GPL-2.0-or-later
// socklock import: another tool's recording in, a trace out.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <istream>

#include "analyzer/cli/verbs.h"
#include "analyzer/measure/stated_work.h"
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

Result<const imports::Importer*> importer_of(const Arguments& arguments, std::string_view head,
                                             const std::string& input) {
  if (arguments.import_format.empty()) return imports::find_importer(head, input);
  SOCKLOCK_TRY(imports::check_importable(head, input));
  return imports::importer_named(arguments.import_format);
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
  imports::GzipInput buffer(input);
  if (!buffer.is_open() || std::filesystem::is_directory(input))
    return fail({"cannot read", "'" + input + "'", "", ExitCode::kBadInput});
  std::istream in(&buffer);
  SOCKLOCK_TRY_ASSIGN(const imports::Importer* importer, importer_of(arguments, buffer.head(), input));
  // By way of a new file beside it: an import that fails leaves nothing, and replaces nothing.
  const std::string temporary = output + ".new";
  if (std::filesystem::exists(output) && !arguments.overwrite)
    return fail({"the file exists", "'" + output + "'", "--overwrite replaces it", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(temporary, true));
  imports::ImportOptions options{arguments.label, input, arguments.import_duration_s};
  SOCKLOCK_TRY_ASSIGN(options.work, work_stated(arguments.import_work));
  SOCKLOCK_TRY_ASSIGN(const auto symbols, symbols_in(arguments.import_symbols));
  options.symbols = symbols ? &*symbols : nullptr;
  auto imported = importer->import(in, options, writer);
  if (!imported || std::rename(temporary.c_str(), output.c_str()) != 0) {
    std::remove(temporary.c_str());
    return imported ? fail({"cannot write", "'" + output + "'", ""}) : fail(std::move(imported).error());
  }
  std::string text = fmt::format("{}: {} waits", output, format_count(static_cast<double>(imported->contentions)));
  if (imported->lost > 0) text += fmt::format(", {} lost", format_count(static_cast<double>(imported->lost)));
  if (imported->skipped > 0)
    text += fmt::format("; {} other lines passed over", format_count(static_cast<double>(imported->skipped)));
  if (const std::string damage = buffer.error(); !damage.empty()) text += fmt::format("; {}: {}", input, damage);
  fmt::print(stderr, "socklock import: {}\n", text);
  return Outcome{};
}

}  // namespace socklock::analyzer
