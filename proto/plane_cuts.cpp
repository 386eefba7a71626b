// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/plane_cuts.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

namespace socklock::trace {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// A zstd block of its own costs 3 bytes and its table of symbols.
constexpr std::size_t kLeastBytes = 2048;

// Fields of socklock.trace.v1.Column (columns.proto).
constexpr std::uint32_t kWidthTag = 1U << 3U | WireFormatLite::WIRETYPE_VARINT;
constexpr std::uint32_t kPlanesTag = 2U << 3U | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

void add_cuts_of_planes(std::size_t begin, std::size_t length, std::uint32_t width, std::vector<std::size_t>& cuts) {
  const std::size_t plane = width == 0 ? 0 : length / width;
  if (plane < kLeastBytes) return;
  for (std::size_t end = 0; end <= length; end += plane) cuts.push_back(begin + end);
}

bool add_cuts_of_column(CodedInputStream& input, std::vector<std::size_t>& cuts) {
  std::uint32_t width = 0;
  while (const std::uint32_t tag = input.ReadTag()) {
    std::uint32_t length = 0;
    if (tag == kWidthTag) {
      if (!input.ReadVarint32(&width)) return false;
    } else if (tag == kPlanesTag) {
      if (!input.ReadVarint32(&length)) return false;
      add_cuts_of_planes(static_cast<std::size_t>(input.CurrentPosition()), length, width, cuts);
      if (!input.Skip(static_cast<int>(length))) return false;
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<std::size_t> plane_cuts(const std::string& raw) {
  std::vector<std::size_t> cuts;
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(raw.data()), static_cast<int>(raw.size()));
  bool well_formed = true;
  while (const std::uint32_t tag = well_formed ? input.ReadTag() : 0) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      well_formed = WireFormatLite::SkipField(&input, tag);
      continue;
    }
    std::uint32_t length = 0;
    well_formed = input.ReadVarint32(&length);
    const auto outer = input.PushLimit(static_cast<int>(length));
    well_formed = well_formed && add_cuts_of_column(input, cuts);
    input.PopLimit(outer);
  }
  if (cuts.empty() || cuts.back() != raw.size()) cuts.push_back(raw.size());
  return cuts;
}

}  // namespace socklock::trace
