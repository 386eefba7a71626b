// SPDX-License-Identifier: GPL-2.0-or-later
// The wait per unit of work of both sides, taken apart into lock class, call path and function that took
// the lock. Parts add up to the whole exactly, to the last bit, in any order.
#pragma once

#include <string>
#include <vector>

#include "analyzer/compare/sides.h"

namespace socklock::analyzer {

// ns of wait per unit of work, the mean over the runs of a side (of each run's ratio, so that every run
// weighs the same). All are multiples of one power of two, small enough to lose nothing that was measured
// (2^-46 of the larger side's whole) and large enough that no sum needs rounding: a double holds 2^53 of it.
struct WaitPart {
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;
  std::string function;  // "(no stack)" where not known
  double before_ns = 0;
  double after_ns = 0;
};

// Ordered by class, path and function. Parts that are below the grid on both sides are left out.
std::vector<WaitPart> decompose(const Side& before, const Side& after);

}  // namespace socklock::analyzer
