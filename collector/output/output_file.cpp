// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
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

// A pipe or a device as /dev/null, which is neither made nor replaced.
bool is_written_directly(const std::string& path) {
  struct stat there {};
  return stat(path.c_str(), &there) == 0 && (S_ISFIFO(there.st_mode) || S_ISCHR(there.st_mode));
}

Result<Output> open_directly(const std::string& path) {
  // Without waiting for the reader of a pipe that somebody put there.
  const int fd = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);  // to the end of the process
  if (fd < 0)
    return fail({std::string("cannot write: ") + std::strerror(errno), "'" + path + "'",
                 errno == ENXIO ? "nobody reads from this pipe" : "", ExitCode::kBadInput});
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::to_descriptor(fd, path));
  return Output{path, std::move(writer)};
}

}  // namespace

Result<void> check_output(const RecordOptions& options) {
  struct stat there {};
  if (options.output.empty() || options.output == "-" || lstat(options.output.c_str(), &there) != 0) return {};
  if (options.overwrite || is_written_directly(options.output)) return {};
  return fail({"the file exists", "'" + options.output + "'", "take another name, or --overwrite", ExitCode::kUsage});
}

Result<Output> open_output(const RecordOptions& options) {
  if (options.output == "-") {
    if (isatty(STDOUT_FILENO))
      return fail({"a trace is binary and standard output is a terminal", "-o -", "redirect it: ... -o - > run.slk",
                   ExitCode::kUsage});
    SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::to_descriptor(STDOUT_FILENO, "standard output"));
    return Output{"-", std::move(writer)};
  }
  if (is_written_directly(options.output)) return open_directly(options.output);
  const std::string path = options.output.empty() ? new_name(options.label) : options.output;
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(path, options.overwrite));
  return Output{path, std::move(writer)};
}

}  // namespace socklock::collector
