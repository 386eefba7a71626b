// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/dictionaries.h"

namespace socklock::analyzer {

std::string display_name(const Function& function) {
  if (function.symbol.empty()) return "(not known)";
  return function.module.empty() ? function.symbol : function.symbol + " [" + function.module + "]";
}

}  // namespace socklock::analyzer
