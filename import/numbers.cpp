// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/numbers.h"

#include <algorithm>
#include <cmath>

namespace socklock::imports {

std::optional<double> decimal(std::string_view word) {
  const std::size_t point = std::min(word.find('.'), word.size());
  const auto whole = number(word.substr(0, point));
  if (!whole || word.size() == point + 1) return std::nullopt;
  if (point == word.size()) return static_cast<double>(*whole);
  const std::string_view digits = word.substr(point + 1);
  const auto fraction = number(digits);
  if (!fraction) return std::nullopt;
  return static_cast<double>(*whole) + static_cast<double>(*fraction) / std::pow(10, digits.size());
}

}  // namespace socklock::imports
