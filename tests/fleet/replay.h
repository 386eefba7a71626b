// SPDX-License-Identifier: GPL-2.0-or-later
// A real recording played as another host's, at another time: a fleet of hosts made of a few traces. Waits, calls and
// work are the recording's own, interval for interval; it is repeated until it is as long as asked for.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace socklock::fleet {

struct Replay {
  std::string host;
  std::uint64_t begin_s = 0;     // seconds since 1970
  std::uint64_t duration_s = 0;  // at least; 0: once
  std::uint64_t seed = 1;        // which of its intervals comes first, and the run's id
  // An interval of the recording lasts so long; 0: as it was recorded. Its waits and work are not more for that.
  double interval_s = 0;
  std::string kernel{};  // empty: the recording's
  bool footer = true;    // false: as if the recorder had been killed
};

Result<void> replay(const std::string& from, const std::string& to, const Replay& as);

}  // namespace socklock::fleet
