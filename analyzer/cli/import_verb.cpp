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

using Importer = Result<imports::ImportResult> (*)(std::istream&, const imports::ImportOptions&, trace::TraceWriter&);

Importer importer_named(const std::string& format) {
  if (format == "perf-lock-csv") return imports::import_perf_lock_csv;
  if (format == "lock-stat") return imports::import_lock_stat;
  if (format == "dtrace") return imports::import_dtrace;
  if (format == "lockstat") return imports::import_lockstat;
  if (format == "lock-prof") return imports::import_lock_prof;
  return imports::import_perf_script;
}

// What perf itself writes is binary, and perf has to read it.
Result<void> check_text(std::istream& in, const std::string& path) {
  constexpr std::string_view kMagic = "PERFILE2";
  std::string begin(kMagic.size(), '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(in.gcount()));
  in.clear();
  for (auto byte = begin.rbegin(); byte != begin.rend(); ++byte) in.putback(*byte);
  if (begin != kMagic) return {};
  return fail({"this is perf's binary recording", "'" + path + "'",
               fmt::format("perf script --header --ns -i {} | socklock import perf-script - -o {}.slk", path,
                           std::filesystem::path(path).stem().string()),
               ExitCode::kBadInput});
}

// "before.txt.gz" -> "before.slk"
std::string trace_name(std::filesystem::path input) {
  input = input.filename();
  if (input.extension() == ".gz") input = input.stem();
  return input.stem().string() + ".slk";
}

}  // namespace

Result<Outcome> import_verb(const Arguments& arguments) {
  const std::string& input = arguments.files.front();
  std::string output = arguments.output;
  if (output.empty() && input == "-") return fail({"the trace needs a name", "", "-o FILE", ExitCode::kUsage});
  if (output.empty()) output = trace_name(input);
  imports::GzipInput buffer(input);
  if (!buffer.is_open() || std::filesystem::is_directory(input))
    return fail({"cannot read", "'" + input + "'", "", ExitCode::kBadInput});
  std::istream in(&buffer);
  SOCKLOCK_TRY(check_text(in, input));
  // By way of a new file beside it: an import that fails leaves nothing, and replaces nothing.
  const std::string temporary = output + ".new";
  if (std::filesystem::exists(output) && !arguments.overwrite)
    return fail({"the file exists", "'" + output + "'", "--overwrite replaces it", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(temporary, true));
  const imports::ImportOptions options{arguments.label, input, arguments.import_duration_s};
  auto imported = importer_named(arguments.import_format)(in, options, writer);
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
