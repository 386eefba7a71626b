// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/hosts_verb.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "analyzer/experiment/record_hosts.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

int report_error(const Error& error) {
  fmt::print(stderr, "socklock record: {}\n", printable(error.message()));
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return static_cast<int>(error.exit_code);
}

}  // namespace

bool names_hosts(int argc, char** argv) {
  if (std::string_view(argv[1]) != "record") return false;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") return false;
    if (word == "--hosts" || word.starts_with("--hosts=")) return true;
  }
  return false;
}

int record_on_hosts(int argc, char** argv) {
  const auto request = hosts_request(std::vector<std::string>(argv + 2, argv + argc));
  if (!request) return report_error(request.error());
  const auto result = record_hosts(**request);
  if (!result) return report_error(result.error());
  for (const std::string& failed : result->failed) fmt::print(stderr, "socklock record: {}\n", printable(failed));
  fmt::print(stderr, "socklock record: {} hosts recorded in '{}', {} failed\n", result->recorded, (*request)->folder,
             result->failed.size());
  return static_cast<int>(result->failed.empty() ? ExitCode::kDone : ExitCode::kBadInput);
}

}  // namespace socklock::analyzer
