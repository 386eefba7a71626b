// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock::analyzer {

// Of a taxonomy's line "rules NUMBER": the version of what its rules mean. 0: it has none. Stores of many hosts replace
// what an older version said.
std::uint32_t rules_version(std::string_view text);
// Of a file; empty: of the built-in rules. Error: it can't be read.
Result<std::uint32_t> rules_version_of(const std::string& path);

}  // namespace socklock::analyzer
