// SPDX-License-Identifier: GPL-2.0-or-later
// Puts names to the rows of a Run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/load/run.h"
#include "analyzer/taxonomy/attribute_stacks.h"
#include "analyzer/taxonomy/labels.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

// A run and, for each row of run.waits, its labels.
struct LabelledRun {
  Run run;
  std::vector<WaitLabels> labels;
  StackSampling sampling;  // where only some waits have call stacks
};

LabelledRun label(Run run, const Taxonomy& taxonomy);

// Names single locks: "tcp.ehash[17]", "tcp.sock{0xffff8881...}"; the class alone where the lock is not
// known. Tables carry their network namespace only where the run saw tables of several.
class InstanceNames {
 public:
  explicit InstanceNames(const Dictionaries& dictionaries);
  [[nodiscard]] std::string name(const LockFacts& lock, const LockClass& lock_class) const;

 private:
  bool several_namespaces_ = false;
};

}  // namespace socklock::analyzer
