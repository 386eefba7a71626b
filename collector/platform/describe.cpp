// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/units.h"
#include "collector/platform/recorder.h"

namespace socklock::collector {

std::string describe(const RecordingResult& result) {
  std::string text =
      fmt::format("wrote {}: {} waits in {:.1f} s, {}, {}", result.path == "-" ? "standard output" : result.path,
                  format_count(static_cast<double>(result.contentions)), result.seconds,
                  result.lost == 0 ? "none lost" : fmt::format("{} lost", result.lost), format_bytes(result.bytes));
  if (result.workload_status) text += fmt::format("; the command exited with {}", *result.workload_status);
  return text;
}

}  // namespace socklock::collector
