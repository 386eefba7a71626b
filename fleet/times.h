// SPDX-License-Identifier: GPL-2.0-or-later
// Moments and stretches of time as options have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock::fleet {

// Of the wall clock, since the epoch.
std::uint64_t present_s();

// Seconds since 1970, begin included, end not.
struct Window {
  std::uint64_t begin_s = 0;
  std::uint64_t end_s = 0;
  [[nodiscard]] std::uint64_t seconds() const { return end_s - begin_s; }
  bool operator==(const Window&) const = default;
};

// "90", "90s", "5m", "4h", "14d" into seconds. Errors: usage, which name `option`.
Result<std::uint64_t> parse_stretch(std::string_view text, std::string_view option);
// "2026-11-30T12:00", "2026-11-30 12:00:30", "2026-11-30", all UTC, with or without a Z behind; "@1764500000";
// "now"; "2h ago" and "-2h". Errors: usage.
Result<std::uint64_t> parse_moment(std::string_view text, std::string_view option, std::uint64_t now_s);
// "FROM..UNTIL" of moments; an end that is missing is now. Errors: usage; it ends before it begins.
Result<Window> parse_window(std::string_view text, std::string_view option, std::uint64_t now_s);
// "2026-11-30 12:00", and seconds where there are any.
std::string format_moment(std::uint64_t time_s);

}  // namespace socklock::fleet
