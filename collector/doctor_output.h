// SPDX-License-Identifier: GPL-2.0-or-later
// Words and JSON of what this machine allows.
#pragma once

namespace socklock::collector {

// Diagnoses and prints; returns the exit code.
int print_diagnosis(bool json);

}  // namespace socklock::collector
