// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/distinct.h"

#include <algorithm>
#include <cmath>

namespace socklock::analyzer {

void merge_distinct(const trace::DistinctRegisters& from, trace::DistinctRegisters& into) {
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

std::optional<double> count_distinct(const trace::DistinctRegisters& registers) {
  constexpr double kAlpha = 0.709;  // of 64 registers
  constexpr auto kRegisters = static_cast<double>(trace::kDistinctRegisters);
  const auto empty = std::count(registers.begin(), registers.end(), 0);
  if (empty == static_cast<std::ptrdiff_t>(registers.size())) return std::nullopt;
  double sum = 0;
  for (const std::uint8_t rank : registers) sum += std::ldexp(1.0, -static_cast<int>(rank));
  const double estimate = kAlpha * kRegisters * kRegisters / sum;
  if (estimate <= 2.5 * kRegisters && empty > 0) return kRegisters * std::log(kRegisters / static_cast<double>(empty));
  return estimate;
}

}  // namespace socklock::analyzer
