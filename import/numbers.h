// SPDX-License-Identifier: GPL-2.0-or-later
// Figures of imported texts, all of a word or nothing.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace socklock::imports {

template <typename Number = std::uint64_t>
std::optional<Number> number(std::string_view word, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// "671713.23", without sign and exponent. Written out: libc++ before 20 has no from_chars() of doubles.
std::optional<double> decimal(std::string_view word);

}  // namespace socklock::imports
