// SPDX-License-Identifier: GPL-2.0-or-later
// socklock import: another tool's recording in, a trace out.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <istream>

#include "analyzer/cli/verbs.h"
#include "base/units.h"
#include "import/gzip_input.h"
#include "import/importers.h"

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

// What was said to be of one format and looks like another.
Error with_better_format(Error error, const imports::Importer& importer, const imports::Importer* other) {
  if (other != nullptr && other != &importer)
    error.hint =
        fmt::format("this looks like {}: {}; socklock import FILE finds that itself", other->name, other->reads);
  return error;
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
  const auto found = imports::find_importer(buffer.head(), input);
  const imports::Importer* const other = found ? *found : nullptr;
  std::istream in(&buffer);
  SOCKLOCK_TRY_ASSIGN(const imports::Importer* importer, importer_of(arguments, buffer.head(), input));
  // By way of a new file beside it: an import that fails leaves nothing, and replaces nothing.
  const std::string temporary = output + ".new";
  if (std::filesystem::exists(output) && !arguments.overwrite)
    return fail({"the file exists", "'" + output + "'", "--overwrite replaces it", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(temporary, true));
  const imports::ImportOptions options{arguments.label, input, arguments.import_duration_s};
  auto imported = importer->import(in, options, writer);
  if (!imported || std::rename(temporary.c_str(), output.c_str()) != 0) {
    std::remove(temporary.c_str());
    return fail(imported ? Error{"cannot write", "'" + output + "'", ""}
                         : with_better_format(std::move(imported).error(), *importer, other));
  }
  std::string text = fmt::format("{}: {} waits", output, format_count(static_cast<double>(imported->contentions)));
  if (imported->lost > 0) text += fmt::format(", {} lost", format_count(static_cast<double>(imported->lost)));
  if (imported->skipped > 0)
    text += fmt::format("; {} other lines passed over", format_count(static_cast<double>(imported->skipped)));
  if (!imported->knows_duration)
    text += "; how long was recorded is not known, and --duration SECONDS states it: without it there is no verdict";
  const std::string damage = buffer.error();
  if (!damage.empty()) text += fmt::format("; {}: {}", input, damage);
  fmt::print(stderr, "socklock import: {}\n", text);
  return Outcome{"", damage.empty() ? ExitCode::kDone : ExitCode::kBadInput};
}

}  // namespace socklock::analyzer
