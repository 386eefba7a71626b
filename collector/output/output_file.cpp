// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/output_file.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <filesystem>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace socklock::collector {
namespace {

std::string as_file_name(std::string label) {
  std::replace_if(
      label.begin(), label.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; }, '_');
  return label;
}

std::string new_name(const std::string& label) {
  const std::time_t now = std::time(nullptr);
  const std::string stem =
      fmt::format("{}-{:%Y%m%d-%H%M%S}", label.empty() ? "socklock" : as_file_name(label), fmt::localtime(now));
  std::string name = stem + ".slk";
  for (int i = 2; std::filesystem::exists(name); ++i) name = fmt::format("{}-{}.slk", stem, i);
  return name;
}

}  // namespace

Result<Output> open_output(const RecordOptions& options) {
  if (options.output == "-") {
    if (isatty(STDOUT_FILENO))
      return fail({"a trace is binary and standard output is a terminal", "-o -", "redirect it: ... -o - > run.slk",
                   ExitCode::kUsage});
    SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::to_descriptor(STDOUT_FILENO, "standard output"));
    return Output{"-", std::move(writer)};
  }
  const std::string path = options.output.empty() ? new_name(options.label) : options.output;
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(path, options.overwrite));
  return Output{path, std::move(writer)};
}

}  // namespace socklock::collector
