// SPDX-License-Identifier: GPL-2.0-or-later
// What verbs read: traces and rules that the command line named.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "analyzer/cli/verb.h"
#include "analyzer/load/run.h"
#include "analyzer/measure/conditions.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

// Traces are read where they lie, so that one that comes through a pipe is put into a file without a name first.
Result<std::string> spooled_standard_input() {
  std::FILE* const file = std::tmpfile();  // there to the end of the process
  if (file == nullptr)
    return fail(
        {std::string("cannot make a temporary file: ") + std::strerror(errno), "", "set TMPDIR", ExitCode::kBadInput});
  std::array<char, 65536> buffer;
  for (ssize_t got = 0; (got = read(STDIN_FILENO, buffer.data(), buffer.size())) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || std::fwrite(buffer.data(), 1, static_cast<std::size_t>(got), file) != static_cast<std::size_t>(got))
      return fail({std::string("cannot read: ") + std::strerror(errno), "standard input", "", ExitCode::kBadInput});
  }
  if (std::fflush(file) != 0)
    return fail(
        {std::string("cannot keep a copy: ") + std::strerror(errno), "standard input", "", ExitCode::kBadInput});
  return fmt::format("/dev/fd/{}", fileno(file));
}

bool is_damaged(const Run& run) { return !run.damage.empty() || run.unknown_ids != 0; }

}  // namespace

Result<std::string> only_file(const Arguments& arguments) {
  if (arguments.files.size() == 1) return arguments.files.front();
  return fail({fmt::format("it takes one file, and {} were named", arguments.files.size()), "",
               "socklock compare and socklock query take many", ExitCode::kUsage});
}

Result<std::string> only_trace(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const std::string path, only_file(arguments));
  if (path == "-") return spooled_standard_input();
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return fail({"this is a folder", "'" + path + "'", "name a trace in it", ExitCode::kBadInput});
  return path;
}

ExitCode exit_code_of(std::span<const Run* const> runs, std::string_view verb) {
  ExitCode exit_code = ExitCode::kDone;
  for (const Run* run : runs) {
    if (!is_damaged(*run)) continue;
    exit_code = ExitCode::kBadInput;
    fmt::print(stderr, "socklock {}: '{}' is damaged: what could be read of it is used\n", verb, printable(run->path));
  }
  return exit_code;
}

ExitCode exit_code_of(const Run& run, std::string_view verb) {
  const Run* const only = &run;
  return exit_code_of(std::span(&only, 1), verb);
}

Result<const Format*> format_of(const Arguments& arguments) {
  const Format* format = format_named(arguments.format);
  if (arguments.format.empty() && !arguments.output.empty()) format = format_of_file(arguments.output);
  if (arguments.format.empty() && format == nullptr) format = kFormats.data();
  if (format == nullptr)
    return fail({"no such format", "'" + arguments.format + "'",
                 fmt::format("one of {}", fmt::join(format_names(), ", ")), ExitCode::kUsage});
  if (!arguments.interactive) return format;
  if (format->name != kInteractiveFormat.name)
    return fail({"--interactive is of HTML", fmt::format("--format {}", format->name),
                 "--format html, or -o report.html", ExitCode::kUsage});
  return &kInteractiveFormat;
}

Result<Filter> filter_of(const Arguments& arguments, const Taxonomy& taxonomy) {
  Filter filter;
  for (const ConditionKind& kind : condition_kinds()) {
    const auto texts = arguments.conditions.find(kind.name);
    if (texts == arguments.conditions.end()) continue;
    for (const std::string& text : texts->second) SOCKLOCK_TRY(add_condition(filter, kind, text, taxonomy));
  }
  return filter;
}

Result<Taxonomy> taxonomy_of(const Arguments& arguments) {
  return arguments.taxonomy.empty() ? Result<Taxonomy>(Taxonomy::built_in()) : Taxonomy::load(arguments.taxonomy);
}

}  // namespace socklock::analyzer
