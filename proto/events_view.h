// SPDX-License-Identifier: GPL-2.0-or-later
// A block of events as it lies in memory: columns whose rows are read where they are, some at a time. What
// decode(v1::Events) makes of a block takes a copy of its planes and 50 bytes a row on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace socklock::trace {

// column_codec.h says what a column is; this is one of which not more than its lengths was looked at.
struct ColumnView {
  std::uint32_t width_bytes = 0;
  std::uint64_t constant = 0;
  std::string_view planes;

  [[nodiscard]] bool is_constant() const { return width_bytes == 0; }

  // Rows `first` to `first` + `count` of `rows`, into `out`. Only after EventsView::check().
  template <typename T>
  void read(std::size_t rows, std::size_t first, std::size_t count, T* out) const {
    static_assert(std::is_unsigned_v<T>);
    if (is_constant()) {
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(constant);
      return;
    }
    const auto* in = reinterpret_cast<const unsigned char*>(planes.data()) + first;
    for (std::size_t i = 0; i < count; ++i) out[i] = in[i];
    for (std::uint32_t plane = 1; plane < width_bytes; ++plane) {
      in += rows;
      const unsigned shift = 8 * plane;
      for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<T>(out[i] | static_cast<T>(static_cast<T>(in[i]) << shift));
    }
  }
};

// The columns of socklock.trace.v1.Events, described there and in docs/trace-format.md.
struct EventsView {
  std::uint32_t rows = 0;
  std::uint64_t base_ns = 0;
  ColumnView end_delta_ns, wait_ns, lock, stack, thread, cpu, flags, context, weight, error, syscall, stack_weight,
      run_delay_ns;

  // Of a serialized message, which outlives the view. Nothing where that is malformed.
  static std::optional<EventsView> over(std::string_view raw);
  // What decode(v1::Events) checks, with its errors, but for the sums of end times.
  [[nodiscard]] Result<void> check() const;
};

}  // namespace socklock::trace
