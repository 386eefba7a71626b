// SPDX-License-Identifier: GPL-2.0-or-later
// Work, losses and pairing of begins and ends, as what changed since the interval before.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "collector/probe/session.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::collector {

class Accounting {
 public:
  // What was counted before belongs to no trace, or to the one before.
  void begin_trace(Session& session);
  // What was done up to now: to be called at the moment that the interval ends.
  void fill_work(Session& session, trace::v1::Interval& interval);
  // Fills losses and pairing of the interval. `final`: the recording has ended, and what is still
  // open is counted.
  void fill(Session& session, bool final, trace::v1::Interval& interval);

  [[nodiscard]] std::uint64_t lost() const { return lost_; }  // waits missing from totals, so far
  [[nodiscard]] std::uint64_t bpf_run_time_ns() const { return bpf_run_time_ns_; }

 private:
  [[nodiscard]] static std::uint64_t skipped_begins(const Session& session);
  std::uint64_t change(Session& session, socklock_counter which);
  void fill_losses(Session& session, trace::v1::Interval& interval);
  void fill_pairing(Session& session, bool final, trace::v1::Interval& interval);
  void fill_programs(Session& session, trace::v1::Interval& interval);

  std::array<std::uint64_t, SOCKLOCK_COUNTERS> seen_{};
  std::uint64_t skipped_ = 0;  // begins lost to recursion so far
  std::uint64_t bpf_run_time_ns_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace socklock::collector
