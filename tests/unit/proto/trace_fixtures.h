// SPDX-License-Identifier: GPL-2.0-or-later
// Small traces, whole or broken on purpose, for the tests of reader and writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "proto/block_format.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "tests/support/temporary_folder.h"

namespace socklock::trace::testing {

using socklock::testing::TemporaryFolder;

// Rows of their own of one summary.
inline Result<std::vector<SummaryRow>> decoded(const v1::Summary& message) {
  std::vector<SummaryRow> rows;
  SOCKLOCK_TRY(decode(message, rows));
  return rows;
}

std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);
inline std::span<const std::byte> as_span(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

// 16 bytes that begin a trace.
std::string file_header(std::uint16_t major = kMajorVersion, std::uint16_t minor = kMinorVersion);
std::string compressed(const std::string& raw);
// A block with a checksum that holds, whatever it says about its content.
std::string block_of(std::uint16_t kind, const std::string& stored, std::uint32_t raw_bytes);
std::string block_of(BlockKind kind, const std::string& raw);
std::string trailer(std::uint64_t footer_offset);

// `rows` events in order, from a fixed seed.
EventColumns random_events(std::size_t rows, std::uint64_t seed);
std::vector<SummaryRow> random_summary(std::size_t rows, std::uint64_t seed);

// Header, then `intervals` times dictionary, events and interval, then the footer: written by TraceWriter.
std::string small_trace(int intervals = 2);

// What next() gives until the end.
std::vector<Block> all_blocks(TraceReader& reader);
BlockKind kind_of(const Block& block);

}  // namespace socklock::trace::testing
