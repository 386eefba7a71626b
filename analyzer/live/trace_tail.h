// SPDX-License-Identifier: GPL-2.0-or-later
// The end of a trace that is being written: what has come since it was last looked at, the last stretch of it kept, so
// that it can be made a trace of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/result.h"
#include "socklock/trace/v1/columns.pb.h"
#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/header.pb.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::analyzer {

class TraceTail {
 public:
  // `path`: a trace, or the folder of a service, of which the newest trace is followed. `keep_ns`: how much is kept.
  TraceTail(std::string path, std::uint64_t keep_ns) : path_(std::move(path)), keep_ns_(keep_ns) {}

  // Reads what was added. Errors: it can't be read, or is no trace. A trace that is not there yet is no error.
  Result<void> poll();

  // Number of intervals read so far, over all traces that were followed.
  [[nodiscard]] std::uint64_t intervals() const { return next_; }
  // Begin and end of an interval by that number, ns since the trace's begin; nothing: it is kept no longer.
  struct Span {
    std::uint64_t begin_ns = 0, end_ns = 0;
  };
  [[nodiscard]] bool keeps(std::uint64_t interval) const {
    return interval < next_ && next_ - interval <= kept_.size();
  }
  [[nodiscard]] Span span(std::uint64_t interval) const;
  // First interval of the trace that is followed now.
  [[nodiscard]] std::uint64_t first_of_trace() const { return first_of_trace_; }

  // Intervals [first, last), all of one trace, as a trace of its own, whose time begins with them. Errors: writing.
  Result<void> write(std::uint64_t first, std::uint64_t last, const std::string& path) const;
  Result<void> write(std::uint64_t first, std::uint64_t last, int fd) const;

  [[nodiscard]] const trace::v1::Header& header() const { return header_; }
  // The file that is followed; empty: none yet.
  [[nodiscard]] const std::string& file() const { return file_; }
  // Whether the trace was ended in order.
  [[nodiscard]] bool has_ended() const { return has_ended_; }

 private:
  struct Kept {
    trace::v1::Interval interval;
    std::vector<trace::v1::Events> events;
  };
  Result<void> read_on();
  void follow(const std::string& file);
  void forget_old();
  template <typename Writer>
  Result<void> write_to(Writer& writer, std::uint64_t first, std::uint64_t last) const;

  std::string path_;
  std::uint64_t keep_ns_;
  std::string file_;
  std::uint64_t position_ = 0;  // behind the last whole block
  bool has_header_ = false, has_ended_ = false;
  trace::v1::Header header_;
  std::vector<trace::v1::Dictionary> dictionaries_;
  std::vector<trace::v1::Events> pending_;  // of the interval that comes next
  std::deque<Kept> kept_;                   // the last ones; of the trace that is followed only
  std::uint64_t next_ = 0;
  std::uint64_t first_of_trace_ = 0;
};

}  // namespace socklock::analyzer
