// SPDX-License-Identifier: GPL-2.0-or-later
// Call stacks of both sides as one tree, with the wait of each side.
#pragma once

#include <string>
#include <vector>

#include "analyzer/compare/sides.h"

namespace socklock::analyzer {

// A function called by its parent, and the wait below it. ns per unit of work, means over the runs of a side.
struct StackNode {
  std::string function;
  double before_ns = 0;
  double after_ns = 0;
  std::vector<StackNode> children;  // largest change first

  [[nodiscard]] double delta_ns() const { return after_ns - before_ns; }
};

// Outermost function first; the root stands for all waits. Frames deeper than 100 are left out.
StackNode stack_diff(const Side& before, const Side& after);

// The same of the waits of each lock class and call path alone.
struct ClassPathStacks {
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;
  StackNode stacks;
};
std::vector<ClassPathStacks> stacks_by_class_path(const Side& before, const Side& after);

}  // namespace socklock::analyzer
