// SPDX-License-Identifier: GPL-2.0-or-later
// Why nothing is estimated: an answer, and what would help, never a guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace socklock::analyzer {

enum class RefusalReason : std::uint8_t {
  kNothingWaits,        // no run waited for such a lock
  kTooFewWaits,         // less than 100, or 3 intervals
  kNotSeen,             // spinlocks in test-and-set mode
  kLostTotals,          // sums lack waits
  kCheckFails,          // the model does not even give what was measured
  kTooFewThreads,       // the think time would be negative
  kWakeUpsNotMeasured,  // of a sleeping lock, whose holds can't be told from its wake-ups
  kHoldersDidNotRun,    // it is CPUs that are waited for
  kCpusStolen,          // by the hypervisor
};
std::string_view name_of(RefusalReason reason);  // "check_fails"

struct Refusal {
  RefusalReason reason = RefusalReason::kNothingWaits;
  std::string detail;  // a sentence with the figures
  std::string hint;    // what would help
};

}  // namespace socklock::analyzer
