// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/dtrace/script_folder.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp() is POSIX's

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "collector/dtrace/scripts.h"

namespace socklock::collector {
namespace {

constexpr const char* kContention = "/socklock.d";
constexpr const char* kAcquisitions = "/acquisitions.d";

Result<void> write_script(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return {};
  return fail({std::string("cannot write a script for dtrace: ") + std::strerror(errno), "'" + path + "'",
               "set TMPDIR to a folder with room", ExitCode::kBadInput});
}

}  // namespace

ScriptFolder::ScriptFolder(std::string path) : path_(std::move(path)) {}
ScriptFolder::ScriptFolder(ScriptFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

ScriptFolder::~ScriptFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<ScriptFolder> ScriptFolder::make() {
  std::error_code none;
  std::string pattern = (std::filesystem::temp_directory_path(none) / "socklock-XXXXXX").string();
  if (none || mkdtemp(pattern.data()) == nullptr)
    return fail({"cannot make a folder for dtrace's scripts", "'" + pattern + "'", "set TMPDIR to one that exists",
                 ExitCode::kBadInput});
  ScriptFolder folder(std::move(pattern));
  SOCKLOCK_TRY(write_script(folder.path_ + kContention, kContentionScript));
  SOCKLOCK_TRY(write_script(folder.path_ + kAcquisitions, kAcquisitionsScript));
  return folder;
}

std::vector<std::string> ScriptFolder::arguments(std::uint32_t level) const {
  std::vector<std::string> words{"-s", path_ + kContention};
  if (level >= 2) words.insert(words.end(), {"-s", path_ + kAcquisitions});
  return words;
}

}  // namespace socklock::collector
