// SPDX-License-Identifier: GPL-2.0-or-later
// Where the statistics of a serialized block of events change.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace socklock::trace {

// Ends of the pieces of `raw`, a serialized socklock.trace.v1.Events, that compress best each for itself: the planes
// of its columns, where they are long enough to pay for it, and what lies between. Ascending; the last is the size
// of `raw`. One table of symbols for bytes of all planes takes a sixth more.
std::vector<std::size_t> plane_cuts(const std::string& raw);

}  // namespace socklock::trace
