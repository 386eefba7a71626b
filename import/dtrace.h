// SPDX-License-Identifier: GPL-2.0-or-later
// What collector/dtrace/*.d print (docs/freebsd.md) made a trace, line by line as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "import/importers.h"
#include "proto/trace_writer.h"

namespace socklock::imports {

class DtraceImport {
 public:
  // `writer` outlives it.
  DtraceImport(const ImportOptions& options, trace::TraceWriter& writer);
  DtraceImport(const DtraceImport&) = delete;
  DtraceImport& operator=(const DtraceImport&) = delete;
  ~DtraceImport();

  // For what the caller knows and the lines don't say. Written with the first line of a recording, and once more,
  // completed, by finish().
  trace::v1::Header& header();
  // A line without its end; of the scripts, or what dtrace(1) says on standard error.
  Result<void> take_line(std::string_view line);
  // Completes the trace; an error where no line began a recording.
  Result<ImportResult> finish();

  // Whether the scripts said that they ended in order.
  [[nodiscard]] bool ended() const;
  // Records that dtrace(1) said it dropped: single waits, or sums that later lines made up for or finish() counts
  // as lost.
  [[nodiscard]] std::uint64_t dropped() const;
  // Dynamic variables that it said it dropped: whose waits and acquisitions were is unsure then.
  [[nodiscard]] std::uint64_t variable_drops() const;
  // Of the recording, to the end of its last block.
  [[nodiscard]] std::uint64_t duration_ns() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace socklock::imports
