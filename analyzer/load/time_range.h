// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace socklock::analyzer {

// Since the start of the recording, ns; begin included, end not.
struct TimeRange {
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  bool operator==(const TimeRange&) const = default;
};

}  // namespace socklock::analyzer
