// SPDX-License-Identifier: GPL-2.0-or-later
// Estimates from sampled stacks beside the truth of the same recording.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::testing {

// Over slices that a report would show, of all samples.
struct Coverage {
  double slices = 0;
  double count_covered = 0;  // the ± holds the true contentions
  double wait_covered = 0;   // ... and the true wait
  double exact = 0;          // slices shown without ±
  double exact_right = 0;
  double waits = 0;         // all true contentions
  double unseen_waits = 0;  // of slices that the estimate does not have
  double width = 0;         // sum of ±, and of contentions, of slices with 50 waits and more
  double wide = 0;
  double own = 0;  // slices with a ± that is not 0
  double own_covered = 0;
  void add(const Coverage& other);
};

struct SliceTruth {
  std::string kind;
  std::string name;
  double truth = 0;
  double mean_estimate = 0;
  double sd = 0;
  double covered = 0;  // samples
};

struct TruthStudy {
  std::string label;
  std::map<std::string, Coverage> by_kind;
  std::vector<SliceTruth> slices;  // of 200 waits and more
};

Result<TruthStudy> study_truth(const std::string& path, unsigned seeds, unsigned rate_bits);

}  // namespace socklock::testing
