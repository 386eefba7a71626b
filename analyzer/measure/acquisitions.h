// SPDX-License-Identifier: GPL-2.0-or-later
// How often locks were taken, and how many of those takers had to wait. Known where the recorder could probe
// the functions that take them (capability level 2); else "not measured", which is not 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/label/labels.h"

namespace socklock::analyzer {

struct Run;

// Of one class, or of one class on one call path.
struct Acquisitions {
  std::uint64_t count = 0;
  bool at_least = false;  // some of what acquires the class was not counted, or may acquire more than one a call
};

// One row of run.calls as acquisitions of a class. Calls that take several locks are in several.
struct AcquiredCall {
  std::size_t row = 0;
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;
  bool at_least = false;  // a call may acquire more than one
};
// In the order of the rows; nothing where nothing was counted.
std::vector<AcquiredCall> acquired_calls(const Run& run, const Taxonomy& taxonomy);

class AcquisitionCounts {
 public:
  AcquisitionCounts(const Run& run, const Taxonomy& taxonomy);

  // Whether anything was counted in this run.
  [[nodiscard]] bool measured() const { return why_not_.empty(); }
  // In words; empty where something was counted.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

  // Nothing where the class's acquisitions were not measured; a measured 0 is 0.
  [[nodiscard]] std::optional<Acquisitions> of(ClassId lock_class) const;
  // Nothing either where acquisitions are known and not on which call paths, or where most of the class have none:
  // shares of the rest would mislead.
  [[nodiscard]] std::optional<Acquisitions> of(ClassId lock_class, CallPath path) const;

  // Classes that were measured, in the order of the taxonomy.
  [[nodiscard]] std::vector<ClassId> classes() const;

 private:
  std::string why_not_;
  bool knows_paths_;  // an importer may have sums by lock only
  std::map<ClassId, Acquisitions> by_class_;
  std::map<std::pair<ClassId, CallPath>, std::uint64_t> by_path_;
};

// Contended share of acquisitions; nothing where either is not known. Waits for spinlocks are not seen at all
// with test-and-set spinlocks, those for a socket's owner are seen everywhere.
std::optional<double> contention_ratio(const Run& run, const Taxonomy& taxonomy, ClassId lock_class,
                                       std::uint64_t contentions, const std::optional<Acquisitions>& acquisitions);

}  // namespace socklock::analyzer
