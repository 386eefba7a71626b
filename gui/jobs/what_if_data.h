// SPDX-License-Identifier: GPL-2.0-or-later
// What a change would leave, for the page that asks: computed on a thread of the pool, never in the window's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/whatif/what_if.h"
#include "gui/jobs/analysis.h"
#include "gui/jobs/background.h"

namespace socklock::gui {

enum class WhatIfKind { kSplit, kEachThread, kShorter, kAvoid };

// What a user can choose.
struct WhatIfChoice {
  std::string lock_class;
  WhatIfKind kind = WhatIfKind::kSplit;
  double number = 2;                        // N or K
  std::vector<analyzer::CallPath> avoided;  // of kAvoid

  bool operator==(const WhatIfChoice&) const = default;
  [[nodiscard]] bool hasCurve() const { return kind == WhatIfKind::kSplit || kind == WhatIfKind::kShorter; }
};

struct WhatIfPoint {
  double number = 1;
  analyzer::Prospect left;  // of all wait
};

struct WhatIfAnswer {
  WhatIfChoice choice;
  analyzer::WhatIf estimate;
  std::vector<WhatIfPoint> curve;  // over N or K from 1 to 64; empty: refused, or there is none
  std::string error;
};

// What was read of the runs, by what part of them the changes are about: most choices ask about the same.
using WhatIfUses = std::map<std::string, std::shared_ptr<const std::vector<analyzer::RunUse>>>;

struct WhatIfRequest {
  std::shared_ptr<const LoadedRuns> runs;
  analyzer::Taxonomy taxonomy;
  analyzer::WorkUnit unit = analyzer::WorkUnit::kSeconds;
  WhatIfChoice choice;
  WhatIfUses known;
};

struct WhatIfResult {
  WhatIfAnswer answer;
  WhatIfUses known;
};

WhatIfResult estimateFor(WhatIfRequest request, const Watch& watch);

// Classes with at least a hundredth of the wait of the side before, most first; call paths that wait for a class.
std::vector<std::string> whatIfClasses(const Findings& findings);
std::vector<analyzer::CallPath> whatIfPaths(const Findings& findings, const std::string& lock_class);

}  // namespace socklock::gui
