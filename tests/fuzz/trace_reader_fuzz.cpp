// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a trace: every block, every column. What must not happen is a crash, a hang, or memory
// beyond what block_format.h allows.
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "proto/rows.h"
#include "proto/trace_reader.h"

namespace trace = socklock::trace;

namespace {

void decode_columns(const trace::Message& message) {
  trace::EventColumns columns;
  if (const auto* events = std::get_if<trace::v1::Events>(&message)) (void)trace::decode(*events, columns);
  std::vector<trace::SummaryRow> rows;
  if (const auto* interval = std::get_if<trace::v1::Interval>(&message)) (void)trace::decode(interval->summary(), rows);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto reader = trace::TraceReader::over(std::as_bytes(std::span(data, size)), "input");
  if (!reader) return 0;
  while (auto block = reader->next()) decode_columns(block->message);
  if (auto footer = reader->footer()) {
    for (const auto& entry : footer->blocks()) {
      reader->seek(entry.offset_bytes());
      if (auto block = reader->next()) decode_columns(block->message);
      if (entry.offset_bytes() > size) break;
    }
  }
  return 0;
}
