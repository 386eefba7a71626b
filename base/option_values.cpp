// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/option_values.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace socklock {

CLI::AsSizeValue size_value() { return CLI::AsSizeValue(false); }

namespace {

// By the name of the unit, in seconds.
using TimeUnits = std::map<std::string_view, double>;

std::string to_seconds(std::string& text, const TimeUnits& units, const char* examples) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const auto unit = units.find(std::string_view(end));
  const bool is_number = end != text.c_str() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
  if (!is_number || unit == units.end() || !std::isfinite(number * unit->second))
    return fmt::format("not a time as {}: {}", examples, text);
  text = fmt::format("{}", number * unit->second);
  return "";
}

}  // namespace

CLI::Validator duration_value() {
  return CLI::Validator(
      [](std::string& text) {
        static const TimeUnits kUnits{{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
        return to_seconds(text, kUnits, "90, 90s, 5m, 12h or 7d");
      },
      "DURATION");
}

CLI::Validator short_time_value() {
  return CLI::Validator(
      [](std::string& text) {
        static const TimeUnits kUnits{{"ns", 1e-9}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"ms", 1e-3}, {"s", 1}};
        return to_seconds(text, kUnits, "250ns, 100us, 5ms or 1s");
      },
      "TIME");
}

CLI::Validator percent_value() {
  return CLI::Validator(
      [](std::string& text) {
        if (!text.empty() && text.back() == '%') text.pop_back();
        return std::string();
      },
      "PERCENT");
}

}  // namespace socklock
