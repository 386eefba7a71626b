// SPDX-License-Identifier: GPL-2.0-or-later
// What may hide from the question what a lock was or what its waiter was doing.
#pragma once

#include <cstdint>

#include "analyzer/compare/sides.h"

namespace socklock::analyzer {

struct Unnamed {
  std::uint64_t unclassified = 0;  // waits of the socket layer for locks of no known class, both sides
  double without_path = 0;         // of the headline's wait, the larger share of the two sides
};

Unnamed unnamed_waits(const Side& before, const Side& after, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
