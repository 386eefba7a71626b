// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/option_values.h"

#include <map>
#include <string>

namespace socklock {

CLI::AsSizeValue size_value() { return CLI::AsSizeValue(false); }

CLI::AsNumberWithUnit duration_value() {
  return CLI::AsNumberWithUnit(
      std::map<std::string, double>{{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}},
      CLI::AsNumberWithUnit::CASE_INSENSITIVE);
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
