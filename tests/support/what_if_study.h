// SPDX-License-Identifier: GPL-2.0-or-later
// Estimates of what-if beside the truth of a world in which the change was made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/whatif/what_if.h"
#include "tests/support/lock_world.h"

namespace socklock::testing {

// What a recording of that world would have told.
struct Recording {
  bool level2 = true;           // acquisitions and holds; else single waits only
  bool knows_wake_ups = false;  // run_delay
  bool knows_off_cpu = false;
  bool knows_pressure = false;
  unsigned cpus_said = 8;  // online, where each thread has its own
};

// A run of the world as the analyzer would measure it; work are visits.
analyzer::RunUse measured(const World& world, const WorldHistory& history, const Recording& recording);

struct StudyCase {
  std::string name{};
  unsigned row = 1;  // of the table in docs/what-if.md
  World before{};
  Recording recording{};
  double split = 1;  // changes: one of them
  double shorter = 1;
  int avoided_path = -1;  // of before.paths
};

struct StudyResult {
  std::string name{};
  unsigned row = 1;
  bool refused = false;
  std::string reason{};
  bool is_closed = false;
  double estimated = 0;      // left of the wait of a visit
  double low = 0, high = 0;  // the interval
  double truth = 0;
  // Estimated by true; 1 where both are nothing.
  [[nodiscard]] double ratio() const;
  [[nodiscard]] bool within(double factor) const;
  [[nodiscard]] bool inside() const { return truth >= low && truth <= high; }
};

// `runs` recordings of before, whose loads vary by some percent as real ones do, and a long life after.
// The model simulates `model_visits` a side.
StudyResult study(const StudyCase& of, unsigned runs, std::uint64_t seed, std::uint64_t model_visits = 50'000);

// The cases of rows 1 to 7; `level2`: as recordings of that level.
std::vector<StudyCase> study_cases(bool level2, std::uint64_t visits);

}  // namespace socklock::testing
