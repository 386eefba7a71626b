// SPDX-License-Identifier: GPL-2.0-or-later
// The framing of a trace, byte for byte; docs/trace-format.md is its normative description.
// All integers are little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace socklock::trace {

// File header, 16 bytes: magic, major, minor, four zero bytes.
inline constexpr std::array<char, 8> kFileMagic{'S', 'O', 'C', 'K', 'L', 'O', 'C', 'K'};
inline constexpr std::uint16_t kMajorVersion = 1;
inline constexpr std::uint16_t kMinorVersion = 1;
inline constexpr std::size_t kFileHeaderBytes = 16;

// Block header, 24 bytes: magic u32, kind u16, reserved u16, stored_bytes u32, raw_bytes u32,
// checksum u64 over the 16 bytes before it and the stored bytes after it (checksum.h).
inline constexpr std::uint32_t kBlockMagic = 0x4b4c'4253;  // "SBLK"
inline constexpr std::size_t kBlockHeaderBytes = 24;

// After the footer block, 16 bytes: its offset u64, magic.
inline constexpr std::array<char, 8> kTrailerMagic{'S', 'L', 'K', '-', 'E', 'N', 'D', '\n'};
inline constexpr std::size_t kTrailerBytes = 16;

// What a reader allocates is bounded by these, checked before allocating.
inline constexpr std::uint32_t kMaxStoredBytes = 16U << 20;
inline constexpr std::uint32_t kMaxRawBytes = 64U << 20;
inline constexpr std::uint32_t kMaxRowsPerBlock = 1U << 20;
inline constexpr std::uint32_t kMaxEntriesPerBlock = 1U << 20;  // entry_count.h

enum class BlockKind : std::uint16_t {
  kHeader = 1,
  kDictionary = 2,
  kInterval = 3,
  kEvents = 4,
  kFooter = 5,
};

}  // namespace socklock::trace
