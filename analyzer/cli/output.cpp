// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/output.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "proto/block_format.h"

namespace socklock::analyzer {
namespace {

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

}  // namespace

Result<Output> Output::open(const std::string& path) {
  Output output;
  if (path.empty()) return output;
  output.path_ = path;
  if (is_trace(path))
    return fail({"this file is a trace, and is not replaced by anything else", "'" + path + "'",
                 "remove it, or name another", ExitCode::kUsage});
  std::error_code none;
  const auto there = std::filesystem::symlink_status(path, none);
  const bool is_replaced = !std::filesystem::exists(there) || std::filesystem::is_regular_file(there);
  if (is_replaced) output.unfinished_ = path + ".new";
  output.file_.reset(std::fopen((is_replaced ? output.unfinished_ : path).c_str(), "we"));
  if (!output.file_) return fail(cannot_write(path));
  return output;
}

Output::~Output() {
  if (file_ && !unfinished_.empty()) std::remove(unfinished_.c_str());
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
  if (!file_) return {};
  const bool is_closed = std::fclose(file_.release()) == 0;
  if (unfinished_.empty()) return is_closed ? Result<void>() : Result<void>(fail(cannot_write(path_)));
  if (is_closed && std::rename(unfinished_.c_str(), path_.c_str()) == 0) return {};
  const Error error = cannot_write(path_);
  std::remove(unfinished_.c_str());
  return fail(error);
}

Result<void> write_output(const std::string& text, const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(Output output, Output::open(path));
  SOCKLOCK_TRY(output.write(text));
  return output.finish();
}

}  // namespace socklock::analyzer
