// SPDX-License-Identifier: GPL-2.0-or-later
// The runs behind a headline, one row each.
#pragma once

#include "analyzer/compare/compare.h"
#include "analyzer/document/table.h"

namespace socklock::analyzer {

// Side, file, wait of the headline per unit of work, that divided by the median of its side, and whether the run lies
// apart from the others (outliers.h). In the order of the sides' files.
Table runs_table(const Comparison& comparison);

}  // namespace socklock::analyzer
