// SPDX-License-Identifier: GPL-2.0-or-later
// The single events of a trace, block by block: for what sums don't say.
#pragma once

#include <cstdint>
#include <string>

#include "analyzer/load/dictionary_builder.h"
#include "base/result.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"

namespace socklock::analyzer {

class EventReader {
 public:
  // Errors: the file can't be read, is no trace, or is of a newer major version.
  // `budget_bytes`: as in LoadOptions.
  static Result<EventReader> open(const std::string& path, std::uint64_t budget_bytes = 0);

  // The next block of events, nothing at the end. Its locks, stacks and threads are positions in the
  // dictionaries that load_run() gives of the same file. Valid until the next call.
  const trace::EventColumns* next();

  [[nodiscard]] std::uint64_t size_bytes() const { return reader_.size_bytes(); }

 private:
  explicit EventReader(trace::TraceReader reader) : reader_(std::move(reader)) {}

  trace::TraceReader reader_;
  DictionaryBuilder dictionaries_;
  trace::EventColumns columns_;
};

}  // namespace socklock::analyzer
