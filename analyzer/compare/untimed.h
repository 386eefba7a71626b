// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts on waits some of which have no length, such as spins on FreeBSD before 10.3: what was measured of a side's
// wait is a lower bound of it.
#pragma once

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

// `verdict` where it holds whatever the lengths were that are not known, else inconclusive, or not judged. Where both
// sides lack some, it also needs contentions that went the same way.
Verdict despite_untimed(Verdict verdict, const SideMeasures& before, const SideMeasures& after);

// Warns of each side that has contentions without a length.
void warn_of_untimed(const SliceComparison& everything, std::vector<Warning>& warnings);

}  // namespace socklock::analyzer
