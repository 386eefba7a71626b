// SPDX-License-Identifier: GPL-2.0-or-later
// The single events of a trace, block by block: for what sums don't say.
#pragma once

#include <cstdint>
#include <string>

#include "analyzer/load/dictionary_builder.h"
#include "base/result.h"
#include "proto/block_unpacker.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"

namespace socklock::analyzer {

// What of events is to be read: what nobody looks at takes no time.
struct EventFields {
  bool waits = true, threads = true, cpus = true, weights = true, errors = true, run_delays = true;
  bool kinds = true;  // lock, stack, system call, context, flags
};

class EventReader {
 public:
  // Errors: the file can't be read, is no trace, or is of a newer major version.
  // `budget_bytes`: as in LoadOptions.
  static Result<EventReader> open(const std::string& path, std::uint64_t budget_bytes = 0, EventFields fields = {});

  // The next block of events, nothing at the end. Its locks, stacks and threads are positions in the
  // dictionaries that load_run() gives of the same file. Valid until the next call. Columns that were not asked for are
  // empty, `stack_weight` always; `end_ns` never is.
  const trace::EventColumns* next();
  [[nodiscard]] std::uint64_t size_bytes() const { return reader_.size_bytes(); }
  [[nodiscard]] std::uint64_t position_bytes() const { return reader_.position_bytes(); }
  // How many events the footer says there are, which is input and may be any number; 0 without a footer.
  std::uint64_t promised_events();
  // Of all that was read, for who is done with it.
  Dictionaries take_dictionaries() { return dictionaries_.take(); }

 private:
  EventReader(trace::TraceReader reader, EventFields fields) : reader_(std::move(reader)), fields_(fields) {}
  void fill(const trace::EventsView& events);

  trace::TraceReader reader_;
  trace::BlockUnpacker unpacker_;
  trace::PackedBlock block_;
  EventFields fields_;
  DictionaryBuilder dictionaries_;
  trace::EventColumns columns_;
};

}  // namespace socklock::analyzer
