// SPDX-License-Identifier: GPL-2.0-or-later
// The checksum of a block, over its header's fields and its stored bytes.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace socklock::trace {

inline constexpr std::size_t kChecksummedHeaderBytes = 16;

// XXH3-64 of the stored bytes, seeded with the XXH3-64 of the header's first 16 bytes.
inline std::uint64_t block_checksum(const void* header, const void* stored, std::size_t stored_bytes) {
  return XXH3_64bits_withSeed(stored, stored_bytes, XXH3_64bits(header, kChecksummedHeaderBytes));
}

}  // namespace socklock::trace
