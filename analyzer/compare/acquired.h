// SPDX-License-Identifier: GPL-2.0-or-later
// Acquisitions per unit of work and contention ratios of both sides, where they were measured.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/compare/sides.h"
#include "analyzer/compare/statistics.h"
#include "analyzer/compare/warning.h"

namespace socklock::analyzer {

struct AcquiredSide {
  double per_unit = 0;  // mean over the runs
  std::uint64_t acquisitions = 0;
  std::uint64_t contentions = 0;
  bool at_least = false;
  std::optional<double> contention_ratio;  // nothing where waits could not be seen
};

// One class, or one class on one call path; a side on which it was not measured has nothing.
struct AcquiredComparison {
  ClassId lock_class = kUnclassified;
  std::optional<CallPath> path;
  std::optional<AcquiredSide> before;
  std::optional<AcquiredSide> after;
  std::optional<double> ratio;            // of acquisitions per unit of work, after divided by before
  std::optional<RatioInterval> interval;  // of that, with enough runs
};

struct AcquiredResult {
  std::vector<AcquiredComparison> rows;  // classes first, most acquisitions first; then classes by call path
  std::string before_why_not;            // empty: measured in every run of the side
  std::string after_why_not;
  double send_before = 0;  // acquisitions of table locks on the send path per unit of work
  double send_after = 0;
  bool send_measured = false;  // on both sides, of every table of which anything was measured
};

AcquiredResult compare_acquisitions(const Side& before, const Side& after, const Taxonomy& taxonomy, double confidence);

}  // namespace socklock::analyzer
