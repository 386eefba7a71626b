// SPDX-License-Identifier: GPL-2.0-or-later
// One column to byte planes and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "socklock/trace/v1/columns.pb.h"

namespace socklock::trace {

inline std::uint32_t bytes_needed(std::uint64_t value) {
  std::uint32_t bytes = 0;
  for (; value != 0; value >>= 8) ++bytes;
  return bytes;
}

// The `kWidth` lowest bytes of each value, or more where `width` says so.
template <typename T, std::uint32_t kWidth = 1>
void put_planes(const std::vector<T>& values, std::uint32_t width, char* planes) {
  if constexpr (kWidth < sizeof(T))
    if (width > kWidth) return put_planes<T, kWidth + 1>(values, width, planes);
  const std::size_t rows = values.size();
  const T* const in = values.data();  // which what is written below can't change
  for (std::size_t i = 0; i < rows; ++i) {
    const T value = in[i];
    for (std::uint32_t plane = 0; plane < kWidth; ++plane)
      planes[plane * rows + i] = static_cast<char>(value >> (8 * plane));
  }
}

// The narrowest column for the values; a constant takes no plane at all. Replaces what `column` held, and uses its
// memory.
template <typename T>
void encode_column(const std::vector<T>& values, v1::Column& column) {
  static_assert(std::is_unsigned_v<T>);
  T all_bits = 0, unlike_first = 0;
  for (const T value : values) {
    all_bits = static_cast<T>(all_bits | value);
    unlike_first = static_cast<T>(unlike_first | (value ^ values.front()));
  }
  const bool is_constant = unlike_first == 0;
  const std::uint32_t width = is_constant ? 0 : bytes_needed(all_bits);
  column.set_constant(is_constant && !values.empty() ? values.front() : 0);
  column.set_width_bytes(width);
  std::string& planes = *column.mutable_planes();
  planes.resize(values.size() * width);
  if (width > 0) put_planes(values, width, planes.data());
}

// Error when the planes do not hold `rows` values of the column's width, or a value does not fit into T.
template <typename T>
Result<void> decode_column(const v1::Column& column, std::size_t rows, const char* name, std::vector<T>& values) {
  static_assert(std::is_unsigned_v<T>);
  const std::uint32_t width = column.width_bytes();
  if (width > sizeof(T) || column.planes().size() != rows * width)
    return fail({"malformed column", name, "", ExitCode::kBadInput});
  if (width == 0) {
    if (bytes_needed(column.constant()) > sizeof(T)) return fail({"value out of range", name, "", ExitCode::kBadInput});
    values.assign(rows, static_cast<T>(column.constant()));
    return {};
  }
  values.resize(rows);
  const auto* planes = reinterpret_cast<const unsigned char*>(column.planes().data());
  T* out = values.data();
  for (std::size_t i = 0; i < rows; ++i) out[i] = planes[i];
  for (std::uint32_t plane = 1; plane < width; ++plane) {
    const unsigned char* in = planes + plane * rows;
    const unsigned shift = 8 * plane;
    for (std::size_t i = 0; i < rows; ++i)
      out[i] = static_cast<T>(out[i] | static_cast<T>(static_cast<T>(in[i]) << shift));
  }
  return {};
}

}  // namespace socklock::trace
