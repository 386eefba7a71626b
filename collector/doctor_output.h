// SPDX-License-Identifier: GPL-2.0-or-later
// Words and JSON of what this machine allows.
#pragma once

namespace socklock::collector {

// Diagnoses and prints; returns the exit code: 0 where at least `required_level` can be recorded.
int print_diagnosis(bool json, int required_level);

}  // namespace socklock::collector
