// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/taxonomy/pattern_set.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

namespace socklock::analyzer {

void PatternSet::add(const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos)
    names_.insert(pattern);
  else
    globs_.push_back(pattern);
}

bool PatternSet::matches(const std::string& name) const {
  return names_.contains(name) || std::any_of(globs_.begin(), globs_.end(), [&name](const std::string& glob) {
           return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
         });
}

bool is_member(std::string_view pattern, std::string_view path) {
  if (!pattern.starts_with("*.")) return path == pattern;
  const std::string_view end = pattern.substr(1);  // with its point
  return path.ends_with(end) || path == end.substr(1);
}

std::string_view without_compiler_suffix(std::string_view symbol) {
  static constexpr std::array<std::string_view, 5> kSuffixes{".isra", ".constprop", ".part", ".cold", ".llvm"};
  std::size_t end = symbol.size();
  for (const auto suffix : kSuffixes) end = std::min(end, symbol.find(suffix));
  return symbol.substr(0, end);
}

}  // namespace socklock::analyzer
