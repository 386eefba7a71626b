// SPDX-License-Identifier: GPL-2.0-or-later
// Little-endian integers in a trace, whatever the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace socklock::trace {

template <typename T>
T load_le(const std::byte* bytes) {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes[i]) << (8 * i)));
  return value;
}

template <typename T>
void append_le(std::string& out, T value) {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace socklock::trace
