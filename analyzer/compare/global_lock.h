// SPDX-License-Identifier: GPL-2.0-or-later
// FreeBSD's global lock of TCP, tcbinfo, which sending and receiving took until 2006.
#pragma once

#include <string>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

// The question of 2006 answered: how often sending and receiving acquired that lock and waited for it, before and
// after, where it was measured. Empty where neither side is FreeBSD. `knows_paths`: both sides know call paths.
std::string global_lock_answer(const Comparison& comparison, const Taxonomy& taxonomy, bool knows_paths);

}  // namespace socklock::analyzer
