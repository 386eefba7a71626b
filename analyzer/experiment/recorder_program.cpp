// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/recorder_program.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace socklock::analyzer {

ChildOptions recorder_program(const std::vector<std::string>& arguments) {
  const std::string name = "socklock-record";
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name;
  ChildOptions options;
  options.argv = {!error && access(beside.c_str(), F_OK) == 0 ? beside.string() : name};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  return options;
}

}  // namespace socklock::analyzer
