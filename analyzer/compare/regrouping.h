// SPDX-License-Identifier: GPL-2.0-or-later
// Runs whose lock classes are the groups of another division (functions, processes ...): what compares
// classes compares groups then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {

class Regrouping {
 public:
  Regrouping(const Taxonomy& taxonomy, By by);

  // Of all runs that apply() will be asked for.
  void count(std::span<const LabelledRun> runs);
  // After every count(): all but the `groups` with the most wait become one, "(others)".
  void limit(std::size_t groups);

  [[nodiscard]] std::vector<LabelledRun> apply(std::span<const LabelledRun> runs) const;
  // A taxonomy that has classes only: the groups.
  [[nodiscard]] Taxonomy groups() const;
  [[nodiscard]] const Slice& group(ClassId id) const { return groups_[static_cast<std::size_t>(id)]; }

 private:
  std::size_t add(Slice slice);

  const Taxonomy& taxonomy_;
  By by_;
  std::vector<Slice> groups_;  // without statistics
  std::vector<std::uint64_t> wait_ns_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

}  // namespace socklock::analyzer
