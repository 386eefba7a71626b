// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace socklock {
namespace {

// Three significant digits below 1000, no digits after the point from 100 on.
std::string three_digits(double value) {
  const double size = std::fabs(value);
  if (size >= 100) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

}  // namespace

std::string format_ns(double ns) {
  const double size = std::fabs(ns);
  // Nothing that was measured is 0.00.
  if (size > 0 && size < 0.01) return fmt::format("{:.2g} ns", ns);
  if (size < 1000) return size == std::floor(size) ? fmt::format("{:.0f} ns", ns) : three_digits(ns) + " ns";
  if (size < 1e6) return three_digits(ns / 1e3) + " µs";
  if (size < 1e9) return three_digits(ns / 1e6) + " ms";
  return three_digits(ns / 1e9) + " s";
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return three_digits(value) + " " + kUnits[unit];
}

std::string format_count(double count) {
  if (std::fabs(count) < 100 && count != std::floor(count)) return three_digits(count);
  const std::string digits = fmt::format("{:.0f}", std::fabs(count));
  std::string grouped = count < 0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string format_number(double value, int digits) {
  if (std::fabs(value) >= std::pow(10.0, digits)) return format_count(std::round(value));
  return fmt::format("{:.{}g}", value, digits);
}

std::string format_percent(double share) {
  const double percent = 100 * share;
  const double size = std::fabs(percent);
  if (size > 0 && size < 0.001) return percent < 0 ? ">-0.001%" : "<0.001%";
  if (size > 0 && size < 0.1) return fmt::format("{:.2g}%", percent);
  std::string text = fmt::format("{:.1f}", percent);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + "%";
}

std::string format_ratio_as_percent(double ratio) {
  const double delta = (ratio - 1) * 100;
  // What is left of 0.2% is not nothing.
  const bool is_nearly_all = ratio > 0 && delta < -99;
  if (delta >= 1000) return "+" + format_count(delta) + "%";
  return is_nearly_all ? fmt::format("{:+.{}f}%", std::max(delta, -99.99), delta < -99.9 ? 2 : 1)
                       : fmt::format("{:+.{}f}%", delta, std::fabs(delta) < 10 ? 1 : 0);
}

}  // namespace socklock
