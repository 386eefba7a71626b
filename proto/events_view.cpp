// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/events_view.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>

#include "proto/block_format.h"
#include "proto/column_codec.h"
#include "proto/malformed.h"

namespace socklock::trace {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::uint32_t varint_tag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_VARINT);
}
constexpr std::uint32_t bytes_tag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

// Fields of Events.
constexpr int kFirstColumn = 3;
constexpr std::array kColumns{&EventsView::end_delta_ns, &EventsView::wait_ns, &EventsView::lock,
                              &EventsView::stack,        &EventsView::thread,  &EventsView::cpu,
                              &EventsView::flags,        &EventsView::context, &EventsView::weight,
                              &EventsView::error,        &EventsView::syscall, &EventsView::stack_weight,
                              &EventsView::run_delay_ns};

// The bytes that a length-delimited field has; nothing where they end beyond what is there.
std::optional<std::string_view> take_bytes(CodedInputStream& input, std::string_view all) {
  std::uint64_t length = 0;  // 32 bits would be cut off, not refused
  if (!input.ReadVarint64(&length)) return std::nullopt;
  const auto position = static_cast<std::size_t>(input.CurrentPosition());
  if (length > all.size() - position || !input.Skip(static_cast<int>(length))) return std::nullopt;
  return all.substr(position, length);
}

// A field that is there twice counts as it came last, as everywhere in protobuf.
bool read_column(std::string_view bytes, ColumnView& column) {
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = input.ReadTag()) {
    bool is_read = false;
    if (tag == varint_tag(1)) {
      is_read = input.ReadVarint32(&column.width_bytes);
    } else if (tag == bytes_tag(2)) {
      const auto planes = take_bytes(input, bytes);
      is_read = planes.has_value();
      column.planes = planes.value_or(std::string_view());
    } else if (tag == varint_tag(3)) {
      is_read = input.ReadVarint64(&column.constant);
    } else {
      is_read = WireFormatLite::SkipField(&input, tag);
    }
    if (!is_read) return false;
  }
  return input.ConsumedEntireMessage();
}

template <typename T>
Result<void> check_column(const ColumnView& column, std::size_t rows, const char* name) {
  if (column.width_bytes > sizeof(T) || column.planes.size() != rows * column.width_bytes)
    return fail({"malformed column", name, "", ExitCode::kBadInput});
  if (column.is_constant() && bytes_needed(column.constant) > sizeof(T))
    return fail({"value out of range", name, "", ExitCode::kBadInput});
  return {};
}

}  // namespace

std::optional<EventsView> EventsView::over(std::string_view raw) {
  EventsView view;
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(raw.data()), static_cast<int>(raw.size()));
  while (const std::uint32_t tag = input.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    bool is_read = false;
    if (tag == varint_tag(1)) {
      is_read = input.ReadVarint32(&view.rows);
    } else if (tag == varint_tag(2)) {
      is_read = input.ReadVarint64(&view.base_ns);
    } else if (tag == bytes_tag(field) && field >= kFirstColumn &&
               field < kFirstColumn + static_cast<int>(kColumns.size())) {
      const auto column = take_bytes(input, raw);
      is_read = column && read_column(*column, view.*kColumns[static_cast<std::size_t>(field - kFirstColumn)]);
    } else {
      is_read = WireFormatLite::SkipField(&input, tag);
    }
    if (!is_read) return std::nullopt;
  }
  if (!input.ConsumedEntireMessage()) return std::nullopt;
  return view;
}

Result<void> EventsView::check() const {
  if (rows > kMaxRowsPerBlock) return malformed("too many rows in one block");
  SOCKLOCK_TRY(check_column<std::uint64_t>(end_delta_ns, rows, "end_delta_ns"));
  SOCKLOCK_TRY(check_column<std::uint64_t>(wait_ns, rows, "wait_ns"));
  SOCKLOCK_TRY(check_column<std::uint32_t>(lock, rows, "lock"));
  SOCKLOCK_TRY(check_column<std::uint32_t>(stack, rows, "stack"));
  SOCKLOCK_TRY(check_column<std::uint32_t>(thread, rows, "thread"));
  SOCKLOCK_TRY(check_column<std::uint16_t>(cpu, rows, "cpu"));
  SOCKLOCK_TRY(check_column<std::uint8_t>(flags, rows, "flags"));
  SOCKLOCK_TRY(check_column<std::uint8_t>(context, rows, "context"));
  SOCKLOCK_TRY(check_column<std::uint32_t>(weight, rows, "weight"));
  SOCKLOCK_TRY(check_column<std::uint16_t>(error, rows, "error"));
  SOCKLOCK_TRY(check_column<std::uint16_t>(syscall, rows, "syscall"));
  SOCKLOCK_TRY(check_column<std::uint64_t>(stack_weight, rows, "stack_weight"));
  return check_column<std::uint64_t>(run_delay_ns, rows, "run_delay_ns");
}

}  // namespace socklock::trace
