// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "proto/block_format.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path) {
  return {fmt::format("cannot write: {}", std::strerror(errno)), path.empty() ? "standard output" : "'" + path + "'",
          "", ExitCode::kBadInput};
}

bool is_trace(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return false;
  std::array<char, trace::kFileMagic.size()> head{};
  std::ifstream file(path, std::ios::binary);
  return file.read(head.data(), head.size()) && head == trace::kFileMagic;
}

constexpr int kMostLinks = 16;

// Whether it is written to as it stands: never a file that replaces it.
bool is_written_directly(fs::path path) {
  std::error_code error;
  for (int links = 0; links < kMostLinks; ++links) {
    const fs::path absolute = fs::absolute(path, error).lexically_normal();
    if (is_system_path(absolute.native())) return true;
    const auto there = fs::symlink_status(path, error);
    if (!fs::is_symlink(there)) return fs::exists(there) && !fs::is_regular_file(there) && !fs::is_directory(there);
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  return false;
}

// Without waiting for the reader of a pipe that somebody put there.
std::FILE* open_directly(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return nullptr;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fdopen(fd, "w");
}

}  // namespace

Result<Output> Output::open(const std::string& path) {
  Output output;
  if (path.empty() || path == "-") return output;
  output.path_ = path;
  if (is_trace(path))
    return fail({"this file is a trace, and is not replaced by anything else", "'" + path + "'",
                 "remove it, or name another", ExitCode::kUsage});
  if (is_written_directly(path)) {
    output.stream_.reset(open_directly(path));
  } else {
    SOCKLOCK_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path, {.replaces = true}));
    output.stream_.reset(fdopen(fcntl(file.fd(), F_DUPFD_CLOEXEC, 0), "w"));
    output.file_.emplace(std::move(file));
  }
  if (!output.stream_) return fail(cannot_write(path));
  return output;
}

Result<void> Output::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream()) == text.size()) return {};
  return fail(cannot_write(path_));
}

Result<void> Output::flush() {
  if (std::fflush(stream()) == 0) return {};
  return fail(cannot_write(path_));
}

Result<void> Output::finish() {
  SOCKLOCK_TRY(flush());
  if (!stream_) return {};
  if (std::fclose(stream_.release()) != 0) return fail(cannot_write(path_));
  return file_ ? file_->commit() : Result<void>();
}

Result<void> write_output(const std::string& text, const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(Output output, Output::open(path));
  SOCKLOCK_TRY(output.write(text));
  return output.finish();
}

}  // namespace socklock::analyzer
