// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

#include "analyzer/export/sides.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

// Every row of every run's table of waits (RFC 4180, UTF-8, a header row, times in whole ns): one a lock, call
// stack and context. The sums of a run's rows are exact.
std::string waits_csv(std::span<const ExportSide> sides, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
