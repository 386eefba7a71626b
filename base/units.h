// SPDX-License-Identifier: GPL-2.0-or-later
// The one place where quantities become text, for CLI, reports and GUI alike.
#pragma once

#include <cstdint>
#include <string>

namespace socklock {

inline constexpr std::uint64_t kNsPerMicrosecond = 1000;
inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

// "850 ns", "12.4 µs", "3.10 s": three significant digits, unit chosen by size.
std::string format_ns(double ns);
// "512 B", "3.4 KiB", "1.2 MiB".
std::string format_bytes(std::uint64_t bytes);
// "12,345,678": groups of three for people; never in machine formats.
std::string format_count(double count);
// Of so many significant digits, but every digit before the point: "0.0123", "1.2", "860", "1,240".
std::string format_number(double value, int digits);
// Of a share of 1, with at most one digit behind the point, below 0.1% two significant ones: "95%", "99.3%", "0.063%".
std::string format_percent(double share);
// 2.29 -> "+129%", 0.5 -> "-50%".
std::string format_ratio_as_percent(double ratio);

}  // namespace socklock
