// SPDX-License-Identifier: GPL-2.0-or-later
// A set of names and shell patterns ("tcp_*"), as every rule of a taxonomy uses them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace socklock::analyzer {

class PatternSet {
 public:
  void add(const std::string& pattern);
  [[nodiscard]] bool matches(const std::string& name) const;
  [[nodiscard]] bool empty() const { return names_.empty() && globs_.empty(); }

 private:
  std::unordered_set<std::string> names_;
  std::vector<std::string> globs_;
};

// Whether the path of a member within its object is meant by `pattern`: the whole path, component by component, or
// behind "*." its end. "lock" is not "sk_receive_queue.lock", "*.lock" is both.
bool is_member(std::string_view pattern, std::string_view path);

// Symbol without what compilers append: "tcp_ack.isra.0" -> "tcp_ack". Known suffixes: .isra, .constprop,
// .part, .cold, .llvm (gcc and clang name their clones so).
std::string_view without_compiler_suffix(std::string_view symbol);

}  // namespace socklock::analyzer
