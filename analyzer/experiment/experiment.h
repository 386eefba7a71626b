// SPDX-License-Identifier: GPL-2.0-or-later
// A controlled experiment: runs of both sides interleaved until the plan is done or the verdict decided.
#pragma once

#include <functional>
#include <string>

#include "analyzer/experiment/manifest.h"

namespace socklock::analyzer {

struct Progress {
  unsigned done = 0;  // runs, those to warm up included
  unsigned planned = 0;
  double seconds_left = 0;  // by the runs so far; 0: not known yet
  std::string next;         // "round 3 of 10, before"
};

struct ExperimentHooks {
  std::function<void(const Progress&)> progress;
  std::function<void(const std::string&)> note{};  // something that the user should know
  // Asked at each look of plan_looks() where the plan allows to stop: whether the verdict is decided.
  std::function<Result<bool>(double confidence)> is_decided;
};

struct ExperimentEnd {
  double confidence = 0;   // of the verdict: stricter than asked for where looks were taken
  int interrupted_by = 0;  // signal
};

// Goes on with what `manifest` says has been done; writes it after every run. Errors: a command that ended
// with another status than 0, a recorder that did not record. What was recorded before stays. A side's teardown runs
// whatever happened since its setup began, and no process of a run lives on when the next one begins.
Result<ExperimentEnd> run_experiment(Manifest& manifest, const std::string& folder, double confidence,
                                     const ExperimentHooks& hooks);

}  // namespace socklock::analyzer
