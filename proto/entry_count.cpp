// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/entry_count.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <limits>
#include <span>

namespace socklock::trace {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// A field to count or to look into. Every repeated message and string of the schema is below
// (socklock/trace/v1/*.proto), and every message that leads to one.
struct Shape {
  int field;
  std::span<const Shape> inner;
};

constexpr Shape kLock[] = {{11, {}}};
constexpr Shape kDictionary[] = {{1, {}}, {2, {}}, {3, kLock}, {4, {}}, {5, {}}, {6, {}}, {7, {}}};
constexpr Shape kInterval[] = {{4, {}}, {5, {}}, {6, {}}};
constexpr Shape kHost[] = {{10, {}}, {11, {}}};
constexpr Shape kRecorder[] = {{2, {}}, {4, {}}, {7, {}}};
constexpr Shape kWorkload[] = {{1, {}}};
constexpr Shape kHeader[] = {{5, kHost}, {6, kRecorder}, {7, kWorkload}, {11, {}}};
constexpr Shape kHeaderEnd[] = {{6, {}}};
constexpr Shape kFooter[] = {{1, {}}, {7, kHeader}, {8, kHeaderEnd}};

std::span<const Shape> shape_of(BlockKind kind) {
  switch (kind) {
    case BlockKind::kHeader: return kHeader;
    case BlockKind::kDictionary: return kDictionary;
    case BlockKind::kInterval: return kInterval;
    case BlockKind::kEvents: return {};
    case BlockKind::kFooter: return kFooter;
  }
  return {};
}

bool count(CodedInputStream& input, std::span<const Shape> shape, std::uint64_t& entries);

bool count_in_field(CodedInputStream& input, const Shape& field, std::uint64_t& entries) {
  std::uint32_t length = 0;
  if (!input.ReadVarint32(&length) || length > static_cast<std::uint32_t>(std::numeric_limits<int>::max()))
    return false;
  if (++entries > kMaxEntriesPerBlock) return false;
  if (field.inner.empty()) return input.Skip(static_cast<int>(length));
  const auto outer = input.PushLimit(static_cast<int>(length));
  const bool whole = count(input, field.inner, entries) && input.BytesUntilLimit() == 0;
  input.PopLimit(outer);
  return whole;
}

bool count(CodedInputStream& input, std::span<const Shape> shape, std::uint64_t& entries) {
  while (const std::uint32_t tag = input.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    const auto found = std::find_if(shape.begin(), shape.end(), [field](const Shape& of) { return of.field == field; });
    if (found != shape.end() && WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!count_in_field(input, *found, entries)) return false;
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::uint32_t> count_rows(const std::string& raw) {
  constexpr std::uint32_t kRowsTag = 1U << 3U | WireFormatLite::WIRETYPE_VARINT;
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(raw.data()), static_cast<int>(raw.size()));
  std::uint32_t rows = 0;
  while (const std::uint32_t tag = input.ReadTag())
    if (tag == kRowsTag ? !input.ReadVarint32(&rows) : !WireFormatLite::SkipField(&input, tag)) return std::nullopt;
  if (!input.ConsumedEntireMessage()) return std::nullopt;
  return rows;
}

std::optional<std::uint64_t> count_entries(BlockKind kind, const std::string& raw) {
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(raw.data()), static_cast<int>(raw.size()));
  std::uint64_t entries = 0;
  if (!count(input, shape_of(kind), entries) || !input.ConsumedEntireMessage()) return std::nullopt;
  return entries;
}

}  // namespace socklock::trace
