// SPDX-License-Identifier: GPL-2.0-or-later
// Words and JSON of the recorder's own results.
#pragma once

#include <string>

#include "collector/record/recorder.h"

namespace socklock::collector {

// Diagnoses and prints; returns the exit code.
int print_diagnosis(bool json);

// "wrote run.slk: 12 345 waits in 3.0 s, nothing lost, 91.2 KiB; the command exited with 0"
std::string describe(const RecordingResult& result);

}  // namespace socklock::collector
