// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a trace block by block. Every block is complete when a call returns, so a process killed at
// any moment leaves a readable trace that lacks at most what was not yet handed over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "proto/block_format.h"
#include "proto/rows.h"
#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/footer.pb.h"
#include "socklock/trace/v1/header.pb.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::trace {

class TraceWriter {
 public:
  // A new file `path`, mode 0600 or, where `group_reads`, 0640, which is there from finish() or publish() on, whatever
  // ends the process before. Fails if it exists, unless `overwrite`: then what is there, if it is a regular file or a
  // link, is replaced only then.
  static Result<TraceWriter> create(const std::string& path, bool overwrite = false, bool group_reads = false);
  // Writes to an open descriptor, a pipe for instance, which stays the caller's.
  static Result<TraceWriter> to_descriptor(int fd, const std::string& name);

  TraceWriter(TraceWriter&&) noexcept;
  TraceWriter& operator=(TraceWriter&&) noexcept;
  ~TraceWriter();

  Result<void> write(const v1::Header& header);
  Result<void> write(const v1::Dictionary& dictionary);
  Result<void> write(const v1::Interval& interval);
  // Splits what exceeds kMaxRowsPerBlock, or might exceed kMaxStoredBytes.
  Result<void> write(const EventColumns& events);
  // What is new in the dictionary and the events, where there are any, and their interval: as one, which costs less
  // than one after the other. Where that fails none of it is there, unless it was large.
  Result<void> write(const v1::Dictionary& added, const EventColumns& events, const v1::Interval& interval);

  // Writes the footer with the index, then the trailer, and closes a file that create() made.
  // The caller fills the totals and the header of `footer`; the index is the writer's.
  Result<void> finish(v1::Footer footer);

  // Gives a file of create() its name now, with what is written so far, instead of at finish(): from here on the trace
  // can be read while it grows. Not before the header is written: without one it says nothing.
  Result<void> publish();
  // The same by another name than was said at first.
  Result<void> publish_as(const std::string& path);

  // Bytes written so far.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct State;
  explicit TraceWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace socklock::trace
