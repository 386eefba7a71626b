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

CLI::Validator duration_value() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        static const std::map<std::string_view, double> kUnits{{"", 1},     {"s", 1},    {"m", 60},
                                                               {"min", 60}, {"h", 3600}, {"d", 86400}};
        char* end = nullptr;
        const double number = std::strtod(text.c_str(), &end);
        const auto unit = kUnits.find(std::string_view(end));
        const bool is_number = end != text.c_str() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
        if (!is_number || unit == kUnits.end() || !std::isfinite(number * unit->second))
          return "not a time as 90, 90s, 5m, 12h or 7d: " + text;
        text = fmt::format("{}", number * unit->second);
        return "";
      },
      "DURATION");
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
