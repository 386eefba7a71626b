// SPDX-License-Identifier: GPL-2.0-or-later
// What tests of the fleet share: the program, example traces, and what socklock query says of one.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "fleet/row.h"

namespace socklock::fleet {
void PrintTo(const Name& name, std::ostream* to);
}

namespace socklock::fleet::testing {

struct Ran {
  int status = 0;
  std::string out, err;
};
// The program of this build.
Ran socklock(const std::string& arguments);

// Traces of examples/ that say when they were recorded.
std::vector<std::string> example_traces();

struct NameSums {
  std::uint64_t contentions = 0;
  std::uint64_t wait_ns = 0;
  auto operator<=>(const NameSums&) const = default;
};
void PrintTo(const NameSums& sums, std::ostream* to);
using SumsByName = std::map<Name, NameSums>;
// Of table waits, by `socklock query`.
SumsByName queried(const std::string& trace);

class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace socklock::fleet::testing
