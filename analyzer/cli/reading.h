// SPDX-License-Identifier: GPL-2.0-or-later
// Reading traces with a word on the terminal where it takes longer.
#pragma once

#include <string>
#include <vector>

#include "analyzer/label/load_runs.h"

namespace socklock::analyzer {

struct Arguments;

// As load_run(), load_runs() and load_sides() do, with the budget of the command line. A line on standard error, if
// that is a terminal, says from the first second on how far it is, and is gone at the end.
Result<Run> read_run(const std::string& path, const Arguments& arguments, RowSource source = RowSource::kSummaries);
Result<std::vector<LabelledRun>> read_runs(const std::vector<std::string>& paths, const Taxonomy& taxonomy,
                                           const Arguments& arguments);
Result<TwoSides> read_sides(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const Arguments& arguments);

}  // namespace socklock::analyzer
