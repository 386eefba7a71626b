// SPDX-License-Identifier: GPL-2.0-or-later
// What this machine allows, found by trying.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

struct Finding {
  std::string name;
  bool available;
  std::string gives;   // what it is for
  std::string reason;  // why not; empty when available
  std::string remedy;  // what would change that; may be empty
};

struct Diagnosis {
  int level = 0;  // capability level that a recording would have (docs/level2.md); 0: none
  trace::v1::SpinlockMode spinlock_mode = trace::v1::SPINLOCK_MODE_UNKNOWN;
  bool has_spinlock_mode = true;  // FreeBSD's spinlocks wait in one way only
  std::vector<Finding> findings;
  ExitCode exit_code = ExitCode::kDone;  // why the level is 0
};

Diagnosis diagnose();

}  // namespace socklock::collector
