// SPDX-License-Identifier: GPL-2.0-or-later
// socklock import: another tool's recording in, a trace out.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <istream>

#include "analyzer/cli/verb.h"
#include "base/text.h"
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
  if (output != "-") return trace::TraceWriter::create_whole(output, overwrite);
  if (isatty(STDOUT_FILENO) != 0)
    return fail({"a trace is binary and standard output is a terminal", "-o -", "redirect it: ... -o - > run.slk",
                 ExitCode::kUsage});
  return trace::TraceWriter::to_descriptor(STDOUT_FILENO, "standard output");
}

}  // namespace

Result<Outcome> import_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const std::string input, only_file(arguments));
  std::string output = arguments.output;
  if (output.empty() && input == "-") return fail({"the trace needs a name", "", "-o FILE", ExitCode::kUsage});
  if (output.empty()) output = trace_name(input);
  SOCKLOCK_TRY(check_input(input));
  imports::GzipInput buffer(input);
  if (!buffer.is_open()) return fail({"cannot read", "'" + input + "'", "", ExitCode::kBadInput});
  std::istream in(&buffer);
  SOCKLOCK_TRY(check_text(in, input));
  SOCKLOCK_TRY_ASSIGN(auto writer, open_trace(output, arguments.overwrite));
  const imports::ImportOptions options{arguments.label, input, arguments.import_duration_s};
  SOCKLOCK_TRY_ASSIGN(const auto imported, importer_named(arguments.import_format)(in, options, writer));
  std::string text = fmt::format("{}: {} waits", output, format_count(static_cast<double>(imported.contentions)));
  if (imported.lost > 0) text += fmt::format(", {} lost", format_count(static_cast<double>(imported.lost)));
  if (imported.skipped > 0)
    text += fmt::format("; {} other lines passed over", format_count(static_cast<double>(imported.skipped)));
  if (const std::string damage = buffer.error(); !damage.empty()) text += fmt::format("; {}: {}", input, damage);
  fmt::print(stderr, "socklock import: {}\n", printable(text));
  Outcome outcome;
  outcome.is_written = true;
  return outcome;
}

}  // namespace socklock::analyzer
