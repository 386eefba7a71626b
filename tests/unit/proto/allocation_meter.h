// SPDX-License-Identifier: GPL-2.0-or-later
// What a stretch of a test takes from operator new. Exact under sanitizers too, unlike limits and RSS.
#pragma once

#include <cstddef>

namespace socklock::trace::testing {

class AllocationMeter {
 public:
  // Counts from here on; one meter at a time.
  AllocationMeter();
  // Most bytes in use at once beyond what was in use at the start.
  [[nodiscard]] std::size_t peak_bytes() const;

 private:
  std::size_t start_bytes_;
};

}  // namespace socklock::trace::testing
