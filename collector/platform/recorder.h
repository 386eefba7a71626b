// SPDX-License-Identifier: GPL-2.0-or-later
// One recording, from options to a finished trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "collector/platform/options.h"

namespace socklock::collector {

struct RecordingResult {
  std::string path;  // "-" for standard output
  std::uint64_t bytes = 0;
  std::uint64_t contentions = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t lost = 0;
  double seconds = 0;
  std::optional<int> workload_status;
  int ended_by_signal = 0;  // 0: ended by its command or duration
};

// Records until the command ends, the duration is over, or SIGINT or SIGTERM comes; as a service, trace
// after trace until SIGINT or SIGTERM comes. Words for the user (progress, warnings) go to standard error.
Result<RecordingResult> record(const RecordOptions& options);

// "wrote run.slk: 12 345 waits in 3.0 s, none lost, 91.2 KiB; the command exited with 0"
std::string describe(const RecordingResult& result);

}  // namespace socklock::collector
