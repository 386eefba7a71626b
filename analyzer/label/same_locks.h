// SPDX-License-Identifier: GPL-2.0-or-later
// A lock that was looked up several times, and not always found.
#pragma once

#include <vector>

#include "analyzer/load/dictionaries.h"

namespace socklock::analyzer {

// For each lock the one whose facts are to be used: itself, or one at the same address of which more is known. The
// recorder looks locks up after the wait, when memory may be free or a socket not yet known; a lock is to have one
// class all the same. Where those of which more is known differ, memory was used for several, and each stands for
// itself.
std::vector<LockId> best_known(const std::vector<LockFacts>& locks);

}  // namespace socklock::analyzer
