// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/option_values.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>

#include "base/time_text.h"

namespace socklock {

CLI::AsSizeValue size_value() { return CLI::AsSizeValue(false); }

namespace {

std::string take(std::string& text, const std::optional<double>& seconds, const char* examples) {
  if (!seconds) return fmt::format("not a time as {}: {}", examples, text);
  text = fmt::format("{}", *seconds);
  return "";
}

}  // namespace

CLI::Validator duration_value() {
  return {[](std::string& text) { return take(text, long_time_s(text), "500ms, 90, 90s, 5m, 12h or 7d"); }, "DURATION"};
}

CLI::Validator short_time_value() {
  return {[](std::string& text) { return take(text, short_time_s(text), "250ns, 100us, 5ms or 1s"); }, "TIME"};
}

CLI::Validator number_in(double low, double high) {
  const CLI::Range range(low, high);
  return {[range, low, high](std::string& text) {
            double number = 0;
            if (CLI::detail::lexical_cast(text, number) && std::isnan(number))
              return fmt::format("Value {} not in range {} to {}", text, low, high);
            return range(text);
          },
          range.get_description()};
}

CLI::Validator percent_value() {
  return {[](std::string& text) {
            if (!text.empty() && text.back() == '%') text.pop_back();
            return std::string();
          },
          "PERCENT"};
}

}  // namespace socklock
