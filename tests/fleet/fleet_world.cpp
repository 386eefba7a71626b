// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fleet/fleet_world.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "analyzer/load/facts.h"
#include "analyzer/load/load_run.h"

namespace socklock::fleet {

void PrintTo(const Name& name, std::ostream* to) {
  *to << name.lock_class << " on " << name.call_path << " in " << name.function << " (" << name.kind << ", "
      << name.context << ", " << name.role << ")";
}

}  // namespace socklock::fleet

namespace socklock::fleet::testing {

void PrintTo(const NameSums& sums, std::ostream* to) {
  *to << sums.contentions << " waits of " << sums.wait_ns << " ns";
}

namespace fs = std::filesystem;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "socklock-fleet-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Ran socklock(const std::string& arguments) {
  const Folder folder;
  const std::string command = std::string(SOCKLOCK_PROGRAM) + " " + arguments + " >" + folder.file("out") + " 2>" +
                              folder.file("err") + " </dev/null";
  const int status = std::system(command.c_str());
  const auto text = [&folder](const char* name) {
    std::ifstream file(folder.file(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text("out"), text("err")};
}

std::vector<std::string> example_traces() {
  std::vector<std::string> traces;
  for (const auto& entry : fs::recursive_directory_iterator("examples")) {
    if (entry.path().extension() != ".slk") continue;
    const auto facts = analyzer::load_facts(entry.path().string());
    if (facts && facts->wall_start_ns > 0 && facts->origin.empty()) traces.push_back(entry.path().string());
  }
  std::sort(traces.begin(), traces.end());
  return traces;
}

SumsByName queried(const std::string& trace) {
  const Ran ran = socklock("query --format json " + trace +
                           " \"SELECT lock_class, role, call_path, context, function, kind, sum(contentions) AS c, "
                           "sum(wait_ns) AS w FROM waits GROUP BY 1, 2, 3, 4, 5, 6\"");
  EXPECT_TRUE(ran.status == 0 || ran.status == 3) << ran.err;  // 3: torn, and shown as far as it goes
  SumsByName sums;
  const auto rows = nlohmann::json::parse(ran.out)["results"][0]["rows"];
  for (const auto& row : rows) {
    std::string function = row[4].is_null() ? "" : row[4].get<std::string>();
    if (function.starts_with("0x")) function = "[unnamed]";
    NameSums& sum = sums[{row[0], row[1], row[2], row[3], function, row[5]}];
    sum.contentions += row[6].get<std::uint64_t>();
    sum.wait_ns += row[7].get<std::uint64_t>();
  }
  return sums;
}

}  // namespace socklock::fleet::testing
