// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "analyzer/label/attribute_stacks.h"
#include "analyzer/label/labels.h"
#include "analyzer/load/run.h"

namespace socklock::analyzer {

// Of one row of run.holders.
struct HolderLabels {
  ClassId lock_class = kUnclassified;
  CallPath waiter = CallPath::kOther;
  std::optional<CallPath> holder;  // nothing: not known who it was
  FunctionId function{0};          // what the holder was in, 0: its stack was not taken
  bool of_table = false;           // a bucket's lock, else a socket's owner
};

// Of one row of run.owners.
struct OwnerLabels {
  ClassId lock_class = kUnclassified;
  CallPath waiter = CallPath::kOther;
  std::optional<CallPath> owner;  // nothing: not known who it was
  FunctionId function{0};         // what an owner that did not run was in, 0: its stack was not taken
};

// A run and, for each row of run.waits, its labels.
struct LabelledRun {
  Run run;
  std::vector<WaitLabels> labels;
  StackSampling sampling;             // where only some waits have call stacks
  std::vector<HolderLabels> holders;  // for each row of run.holders
  std::vector<OwnerLabels> owners;    // for each row of run.owners
  std::vector<CallPath> cpu_paths;    // for each row of run.cpu_profile.kernel
};

}  // namespace socklock::analyzer
