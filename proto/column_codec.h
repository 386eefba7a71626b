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

// The narrowest column for the values; a constant takes no plane at all.
template <typename T>
void encode_column(const std::vector<T>& values, v1::Column& column) {
  static_assert(std::is_unsigned_v<T>);
  if (values.empty()) return;
  T all_bits = 0;
  bool constant = true;
  for (const T value : values) {
    all_bits = static_cast<T>(all_bits | value);
    constant = constant && value == values.front();
  }
  if (constant) {
    column.set_constant(values.front());
    return;
  }
  const std::uint32_t width = bytes_needed(all_bits);
  column.set_width_bytes(width);
  std::string& planes = *column.mutable_planes();
  planes.resize(values.size() * width);
  for (std::uint32_t plane = 0; plane < width; ++plane) {
    char* out = planes.data() + plane * values.size();
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<char>(values[i] >> (8 * plane));
  }
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
