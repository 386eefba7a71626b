// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/dictionaries.h"

#include <fmt/format.h>

namespace socklock::analyzer {

std::string display_name(const Function& function) {
  if (function.symbol.empty()) return "(not known)";
  return function.module.empty() ? function.symbol : function.symbol + " [" + function.module + "]";
}

std::string namespace_name(const Dictionaries& dictionaries, const LockFacts& lock) {
  if (lock.netns_inode == 0) return "(none)";
  const auto named = dictionaries.namespaces.find(lock.netns_inode);
  return named == dictionaries.namespaces.end() ? fmt::format("net:[{}]", lock.netns_inode) : named->second;
}

}  // namespace socklock::analyzer
