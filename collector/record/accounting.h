// SPDX-License-Identifier: GPL-2.0-or-later
// Work, losses and pairing of begins and ends, as what changed since the interval before.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "collector/probe/namespaces.h"
#include "collector/probe/session.h"
#include "collector/record/opened_connections.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::collector {

// Run time of programs so far, where the kernel measures it.
struct ProgramTimes {
  std::uint64_t all_ns = 0;
  std::uint64_t work_ns = 0;        // of those that count work
  std::uint64_t switches_ns = 0;    // of sched_switch
  std::uint64_t missed_begins = 0;  // of waits, which the kernel kept from programs that were running already
};

class Accounting {
 public:
  // What was counted before belongs to no trace, or to the one before.
  // `namespaces`: that tell the work; may be null.
  void begin_trace(Session& session, Namespaces* namespaces);
  // What was done up to now: to be called at the moment that the interval ends. `totals`: what the kernel counted up to
  // it, and `opened` the connections; null: programs count all.
  void fill_work(Session& session, const NamespaceTotals* totals, const OpenedConnections* opened,
                 trace::v1::Interval& interval);
  // Fills losses and pairing of the interval. `final`: the recording has ended, and what is still
  // open is counted.
  // `switches`: of tasks in it.
  void fill(Session& session, const Namespaces* namespaces, bool final, std::uint64_t switches,
            trace::v1::Interval& interval);

  [[nodiscard]] std::uint64_t lost() const { return lost_; }  // waits missing from totals, so far

 private:
  std::uint64_t change(Session& session, socklock_counter which);
  void fill_kernel_work(const NamespaceTotals& totals, trace::v1::Interval& interval);
  void fill_opened(const OpenedConnections& opened, trace::v1::Interval& interval);
  void fill_losses(Session& session, const Namespaces* namespaces, bool final, trace::v1::Interval& interval);
  void fill_pairing(Session& session, bool final, trace::v1::Interval& interval);
  void fill_programs(Session& session, const Namespaces* namespaces, std::uint64_t switches,
                     trace::v1::Interval& interval);

  std::array<std::uint64_t, SOCKLOCK_COUNTERS> seen_{};
  NamespaceTotals::Counts counted_{};  // by the kernel, up to the interval before
  ConnectionCounts opened_;            // up to the interval before
  std::uint64_t told_ = 0;             // of them, by nobody's count
  std::uint64_t closed_ = 0;
  std::uint64_t accepted_here_ = 0;  // in the recorder's own namespace
  std::uint64_t unread_ = 0;         // namespaces
  std::uint32_t intervals_ = 0;
  ProgramTimes run_times_;
  std::uint64_t lost_ = 0;
};

}  // namespace socklock::collector
