// SPDX-License-Identifier: GPL-2.0-or-later
// Other views of the tree of both sides' call stacks: turned over, and around one function.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/compare/stack_diff.h"

namespace socklock::analyzer {

// Innermost function first: children are callers.
StackNode bottom_up(const StackNode& top_down);

// Without the functions that `is_hidden` names: what they called stands beneath their callers, joined with what those
// called themselves. Sums stay.
StackNode without_functions(const StackNode& top_down, const std::function<bool(const std::string&)>& is_hidden);

// A function that calls itself stands once: what the inner calls called stands beneath the outer one. Sums stay.
StackNode without_recursion(const StackNode& top_down);

// Without the frames that have less than this share of the wait of both sides; those around them keep their sums.
StackNode without_small(const StackNode& top_down, double share);

// A function over all stacks. Recursion counts once.
struct FunctionWait {
  std::string function;
  double before_ns = 0;  // per unit of work, in the function and below
  double after_ns = 0;
  double self_before_ns = 0;  // where it is the innermost
  double self_after_ns = 0;
};
// Largest change first.
std::vector<FunctionWait> functions(const StackNode& top_down);

// Around one function: `callers` begins with it and leads outwards, `callees` inwards. Of a recursive one the
// outermost call counts.
struct CallerCallee {
  StackNode callers;
  StackNode callees;
};
CallerCallee caller_callee(const StackNode& top_down, std::string_view function);

}  // namespace socklock::analyzer
