// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

#include "analyzer/export/sides.h"
#include "analyzer/measure/filter.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

// OpenMetrics text: counters summed over the runs of a side, in seconds and bytes. Labels are lock class, role,
// call path and context, of which there are few; never a stack, an address or a single lock.
std::string openmetrics(std::span<const ExportSide> sides, const Taxonomy& taxonomy, const Filter& filter = {});

}  // namespace socklock::analyzer
