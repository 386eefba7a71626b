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

#include "base/atomic_file.h"

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

bool is_pipe_or_device(const struct stat& there) { return S_ISFIFO(there.st_mode) || S_ISCHR(there.st_mode); }

// A pipe or a device as /dev/null, which is neither made nor replaced; not what a link of anybody's leads to.
bool is_written_directly(const std::string& path) {
  struct stat there {};
  const int found = is_system_path(path) ? stat(path.c_str(), &there) : lstat(path.c_str(), &there);
  return found == 0 && is_pipe_or_device(there);
}

Result<Output> open_directly(const std::string& path) {
  // Without waiting for the reader of a pipe that somebody put there.
  const int follow = is_system_path(path) ? 0 : O_NOFOLLOW;
  const int fd = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | follow);  // to the process's end
  if (fd < 0)
    return fail({std::string("cannot write: ") + std::strerror(errno), "'" + path + "'",
                 errno == ENXIO ? "nobody reads from this pipe" : "", ExitCode::kBadInput});
  struct stat there {};
  if (fstat(fd, &there) != 0 || !is_pipe_or_device(there)) {
    close(fd);
    return fail({"this is not what it was when it was looked at", "'" + path + "'", "", ExitCode::kBadInput});
  }
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
  const bool is_named_here = options.output.empty();
  const std::string path = is_named_here ? new_name(options.label) : options.output;
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(path, options.overwrite));
  return Output{path, std::move(writer), is_named_here ? std::optional(options.label) : std::nullopt};
}

Result<void> Output::publish() {
  auto published = writer.publish();
  // Another recorder may have taken that name meanwhile.
  while (!published && label && std::filesystem::exists(path)) {
    path = new_name(*label);
    published = writer.publish_as(path);
  }
  return published;
}

}  // namespace socklock::collector
