// SPDX-License-Identifier: GPL-2.0-or-later
// What changes that nobody has made yet would leave of the wait of some runs: per unit of work, with the ends of what
// the model leaves open, and with an interval that also covers how runs vary and how far the model is known to be off.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/whatif/outlook.h"

namespace socklock::analyzer {

// Of a figure, the ends of the model, and those with runs and model factor.
struct Prospect {
  Range model;
  double low = 0;
  double high = 0;
};

// Of one class, or one path of a class that a change is about.
struct WhatIfRow {
  std::string lock_class;
  std::optional<CallPath> path{};
  bool touched = false;
  double before_ns = 0;  // per unit of work
  Prospect after_ns{};
  double contentions = 0;  // per unit of work
  Prospect contentions_after{};
};

enum class SpeedBound : std::uint8_t { kNone, kCycle, kCpu };
std::string_view name_of(SpeedBound bound);  // "cycle", "cpu", "none"

// How much more work would get done in a second.
struct Speed {
  double before_per_s = 0;
  double low = 1, high = 1;  // times
  SpeedBound bound = SpeedBound::kNone;
  double busy_share = 0;  // of the CPUs; 0: not known
};

struct ModelFacts {
  ModelKind kind = ModelKind::kFirstOrder;
  bool from_single_waits = false;
  std::string lock_class;
  double threads = 0, think_ns = 0, hold_ns = 0, residual_ns = 0, locks_before = 1;
  std::optional<double> wake_latency_ns{};
  std::optional<ModelCheck> check{};
  double factor = kFactorOther;
};

struct RefusedClass {
  std::string lock_class;
  Refusal refusal;
};

// What a recording of the real change says of the estimate.
struct Measured {
  std::size_t runs = 0;
  double after_ns = 0;  // per unit of work, of all locks
  double left = 0;
  double ratio = 0;  // estimated left divided by measured left; 0: nothing is left
  bool inside = false;
  double touched_left = 0;  // of the wait for the locks that the changes are about
  double touched_ratio = 0;
  bool touched_inside = false;
  double contentions_left = 0;  // of those locks
  double contentions_ratio = 0;
  bool contentions_inside = false;
};

struct WhatIf {
  std::vector<Change> changes;
  std::string unit;  // of work: "connections"
  std::string unit_singular;
  unsigned level = 0;
  std::size_t runs = 0;
  double work = 0;
  bool within_run_only = false;  // one run: blocks of its intervals vary, runs may more
  SpinlockMode spinlock_mode = SpinlockMode::kUnknown;
  std::uint64_t seed = 1;
  std::vector<ModelFacts> models;  // of each class that is touched
  std::vector<RefusedClass> refused;
  double before_ns = 0;  // per unit of work, all locks
  Prospect after_ns{};
  Prospect left;
  double touched_before_ns = 0;
  Prospect touched_left;
  double contentions_before = 0;  // per unit of work, of touched locks
  Prospect contentions_left;
  Speed speed;
  WhatIfRow others;             // all locks that no change is about, together
  std::vector<WhatIfRow> rows;  // touched ones first, most wait first
  std::optional<Measured> measured{};

  [[nodiscard]] bool is_refused() const { return !refused.empty(); }
};

// Of classes that changes meet and that are refused, `refused` says why, and nothing else is estimated.
WhatIf what_if(std::span<const RunUse> runs, std::span<const Change> changes, const OutlookOptions& options);

// `after`: measure_use() of runs with the change, by the same changes.
void compare_with(WhatIf& estimate, std::span<const RunUse> after);

// Without a change: what each class would give.
struct ClassProspect {
  std::string lock_class;
  double wait_share = 0;                         // of all wait
  double before_ns = 0;                          // per unit of work
  double gone = 1;                               // left of all wait, were none of this class
  std::optional<Prospect> split_2{}, split_8{};  // left of all wait
  std::optional<ModelFacts> model{};
  std::optional<Refusal> refusal{};
};
struct ClassProspects {
  std::string unit_singular;
  std::size_t runs = 0;
  double before_ns = 0;
  std::vector<ClassProspect> classes;  // of at least 1% of the wait, most first
};
ClassProspects class_prospects(std::span<const RunUse> runs, const OutlookOptions& options);

}  // namespace socklock::analyzer
