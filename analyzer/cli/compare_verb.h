// SPDX-License-Identifier: GPL-2.0-or-later
// What compare does, for verbs that compare as a part of what they do.
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/cli/verbs.h"
#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

struct Compared {
  Taxonomy taxonomy;
  Comparison comparison;
  ExitCode exit_code = ExitCode::kDone;
};

// Loads both sides of the arguments and compares them.
Result<Compared> compare_runs(const Arguments& arguments);
Result<std::string> rendered(const Compared& compared, const Format& format, std::size_t limit);

}  // namespace socklock::analyzer
