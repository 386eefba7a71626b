// SPDX-License-Identifier: GPL-2.0-or-later
// A block of a trace, as it is stored and as it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "proto/block_format.h"
#include "socklock/trace/v1/columns.pb.h"
#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/footer.pb.h"
#include "socklock/trace/v1/header.pb.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::trace {

// A stretch of the file that could not be read.
struct Damage {
  std::uint64_t offset_bytes;
  std::uint64_t length_bytes;  // skipped; to the end of the file for a torn tail
  std::string what;            // "checksum mismatch", "torn last block", ...
};

using Message = std::variant<v1::Header, v1::Dictionary, v1::Interval, v1::Events, v1::Footer>;

struct Block {
  std::uint64_t offset_bytes;
  Message message;
};

// A whole block of a known kind, still compressed.
struct PackedBlock {
  bool is_end = false;  // behind the last block; nothing else is set then but `damage`
  std::uint64_t offset_bytes = 0;
  BlockKind kind = BlockKind::kHeader;
  std::uint32_t raw_bytes = 0;
  std::span<const std::byte> stored;  // in `memory`, or in what the reader reads
  std::vector<Damage> damage;         // met on the way from the block before
  std::vector<std::byte> memory;
};

}  // namespace socklock::trace
