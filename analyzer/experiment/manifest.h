// SPDX-License-Identifier: GPL-2.0-or-later
// The plan of an experiment and what of it has been done: manifest.json in its folder ("socklock.ab/1").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::analyzer {

// Commands are lines for sh; empty: none.
struct ExperimentSide {
  std::string command;
  std::string setup;     // before every run
  std::string teardown;  // after every run, also one that failed
};

struct ExperimentRun {
  unsigned round = 0;  // from 1; 0: warming up, not compared
  std::string side;    // "before", "after" or "warmup"
  std::string trace;   // file name in the folder of the manifest
  double seconds = 0;  // that setup, run and teardown took
};

struct Manifest {
  static constexpr unsigned kMostRounds = 1000;
  static constexpr unsigned kMostWarmup = 100;
  static constexpr double kLongestSeconds = 86400;

  ExperimentSide before;
  ExperimentSide after;
  unsigned rounds = 10;
  unsigned warmup = 1;
  double duration_s = 0;  // 0: until the command ends
  std::uint64_t seed = 1;
  bool stop_when_decided = false;
  std::vector<ExperimentRun> runs;  // recorded, in this order
};

// Error for one whose numbers are out of range, too: it is untrusted.
Result<Manifest> read_manifest(const std::string& path);
// By way of a new file beside it: an interruption leaves the old or the new one.
Result<void> write_manifest(const Manifest& manifest, const std::string& path);

// Both sides once a round, which of them first by chance, so that drift hits both alike (randomised blocks
// of two). The same seed gives the same order, also after an interruption.
bool is_before_first(const Manifest& manifest, unsigned round);

}  // namespace socklock::analyzer
