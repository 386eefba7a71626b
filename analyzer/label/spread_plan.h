// SPDX-License-Identifier: GPL-2.0-or-later
// By which shares waits of one stratum without a stack are to be spread, and how sure those are.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/label/stack_evidence.h"

namespace socklock::analyzer {

struct PlanGroup {
  WaitKey key;  // its stack stands for the labels; none: the labels are those without a stack
  WaitLabels labels;
  double mass = 0;  // until the plan is done: not yet a share
  double wait_mass = 0;
  double wait_squares = 0;
  double prior = 0;
};

// What is known of waits without a stack.
struct Known {
  WaitKey key;
  WaitLabels labels;  // without a stack
  bool class_clear = false;
  bool path_clear = false;  // the system call says so; stacks may contradict
};

struct Plan {
  PoolKey source;                 // whose samples the shares are; plans of equal source err together
  std::vector<PlanGroup> groups;  // masses add up to 1, and priors; none: nothing is like these waits
  double draws = 0;
  double wait_draws = 0;
  double never_seen = 0;  // prior of what no group is like
};

Plan plan_spread(const StackEvidence& evidence, const RowNaming& naming, const Known& known);

}  // namespace socklock::analyzer
