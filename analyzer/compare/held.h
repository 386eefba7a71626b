// SPDX-License-Identifier: GPL-2.0-or-later
// Hold times of both sides, and who held what others waited for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/compare/sides.h"
#include "analyzer/measure/holds.h"

namespace socklock::analyzer {

// One class, or one class on one call path of the holder; a side without such holds has nothing.
struct HeldComparison {
  ClassId lock_class = kUnclassified;
  std::optional<CallPath> path;
  std::optional<HoldStats> before;
  std::optional<HoldStats> after;
};

// Waits of one call path for holders on another, per unit of work: means over the runs.
struct HolderComparison {
  bool of_table = false;  // waits for buckets' locks, else for owners of sockets
  CallPath waiter = CallPath::kOther;
  std::optional<CallPath> holder;  // nothing: not known who it was
  double before_ns = 0;
  double after_ns = 0;
  double before_waits = 0;
  double after_waits = 0;
};

struct HeldResult {
  std::vector<HeldComparison> rows;       // classes first; longest held first
  std::vector<HolderComparison> holders;  // those of sockets first, most wait first
  std::string before_why_not;             // empty: measured in every run of the side
  std::string after_why_not;
};

// Of waits for sockets, or for buckets of tables.
std::span<const HolderComparison> holders_of(const HeldResult& held, bool of_table);

HeldResult compare_holds(const Side& before, const Side& after, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
