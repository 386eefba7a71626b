// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/platform/system.h"

namespace socklock::collector {

std::vector<RefusedOption> refused_options() { return {}; }

LevelOption level_option() {
  return {2, "1: contention only; 2: acquisitions, hold times and holders, too, where the kernel permits it"};
}

}  // namespace socklock::collector
