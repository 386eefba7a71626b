// SPDX-License-Identifier: GPL-2.0-or-later
// Lengths of time as people write them.
#pragma once

#include <optional>
#include <string>

namespace socklock {

// "500ms", "90", "90s", "5m", "12h", "7d" in seconds; nothing: it is no such text.
std::optional<double> long_time_s(const std::string& text);
// "250ns", "100us", "5ms", "1.5s" in seconds: of single waits, where a number alone would be a guess.
std::optional<double> short_time_s(const std::string& text);

}  // namespace socklock
