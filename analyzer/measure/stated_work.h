// SPDX-License-Identifier: GPL-2.0-or-later
// Work by the user's word, as command lines have it: "connections=967".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::analyzer {

struct StatedWork {
  std::string unit;  // a name of a WorkUnit, never "seconds"
  std::vector<std::uint64_t> counts;
};

// "connections=967", "binds=22689,19010": counts are at least 1, and fewer than 2^53.
Result<StatedWork> parse_stated_work(std::string_view text);

}  // namespace socklock::analyzer
