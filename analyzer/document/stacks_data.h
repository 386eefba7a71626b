// SPDX-License-Identifier: GPL-2.0-or-later
// Call stacks for the script of an interactive page.
#pragma once

#include <span>

#include "analyzer/compare/stack_diff.h"
#include "analyzer/document/value.h"

namespace socklock::analyzer {

// A list of {"class", "path", "tree"}; of a tree's node "f" is the function, "b" and "a" the wait below it before and
// after in ns, "c" what it calls. Branches of less than 1/10,000 of all wait are left out, and so are waits of a tree
// that are too few for a branch: the sums of nodes hold them.
Value stacks_data(std::span<const ClassPathStacks> stacks, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
