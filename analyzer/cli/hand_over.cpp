// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/hand_over.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::analyzer {

bool is_recorder_verb(const char* verb) {
  return std::string_view(verb) == "record" || std::string_view(verb) == "doctor";
}

int hand_over_to_recorder(int argc, char** argv) {
  std::string name = "socklock-record";
  std::vector<char*> arguments(argv, argv + argc);
  arguments[0] = name.data();
  arguments.push_back(nullptr);
  std::error_code no_link;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", no_link);
  if (!no_link) execv((self.parent_path() / name).c_str(), arguments.data());
  if (no_link || errno == ENOENT) execvp(name.c_str(), arguments.data());
  const int error = errno;
  fmt::print(stderr, "socklock {}: cannot start socklock-record: {}\n", argv[1], std::strerror(error));
  if (error == ENOENT) fmt::print(stderr, "hint: install it beside socklock; it is a package of its own for servers\n");
  return static_cast<int>(error == EACCES || error == EPERM ? ExitCode::kNotPermitted : ExitCode::kUsage);
}

}  // namespace socklock::analyzer
