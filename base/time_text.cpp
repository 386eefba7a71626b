// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/time_text.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string_view>

namespace socklock {
namespace {

// By the name of the unit, in seconds.
using TimeUnits = std::map<std::string_view, double>;

std::optional<double> seconds_of(const std::string& text, const TimeUnits& units) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const auto unit = units.find(std::string_view(end));
  const bool is_number = end != text.c_str() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
  if (!is_number || unit == units.end() || !std::isfinite(number * unit->second)) return std::nullopt;
  return number * unit->second;
}

}  // namespace

std::optional<double> long_time_s(const std::string& text) {
  static const TimeUnits kUnits{{"", 1}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
  return seconds_of(text, kUnits);
}

std::optional<double> short_time_s(const std::string& text) {
  static const TimeUnits kUnits{{"ns", 1e-9}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"ms", 1e-3}, {"s", 1}};
  return seconds_of(text, kUnits);
}

}  // namespace socklock
