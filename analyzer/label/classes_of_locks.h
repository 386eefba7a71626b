// SPDX-License-Identifier: GPL-2.0-or-later
// A lock has one class: where call stacks tell it and a single wait has none, it is that of the lock's other waits.
// Where these differ, memory was used for several locks, and nothing is said.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "analyzer/label/labels.h"
#include "analyzer/load/wait_table.h"
#include "base/result.h"

namespace socklock::analyzer {

struct LabelledRun;

class ClassesOfLocks {
 public:
  void add(const WaitKey& key, const WaitLabels& labels);
  // With the class of the lock's other waits, where the wait has no stack and nothing else tells its class.
  [[nodiscard]] WaitLabels completed(const WaitKey& key, WaitLabels labels) const;

 private:
  std::unordered_map<std::size_t, std::optional<ClassId>> class_of_;  // nothing: they differ
};

// Of the single waits of a run whose trace is at `path`, which are read for that where only a sample of them has call
// stacks. Errors: as of EventReader.
Result<ClassesOfLocks> classes_of_locks(const std::string& path, const LabelledRun& run, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
