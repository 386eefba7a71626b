// SPDX-License-Identifier: GPL-2.0-or-later
// Interleaving what the kernel's tables held in one interval into blocks of the trace.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "collector/output/redaction.h"
#include "collector/probe/shared_tables.h"
#include "collector/record/level2.h"
#include "collector/record/summary_rollup.h"
#include "collector/resolve/lock_facts.h"
#include "collector/resolve/stacks.h"
#include "proto/trace_writer.h"

namespace socklock::collector {

class TraceSink {
 public:
  // All referenced objects outlive the sink.
  TraceSink(trace::TraceWriter& writer, SharedTables& tables, LockFacts& locks, Stacks& stacks,
            const Redaction& redaction, std::uint64_t start_ns);

  // Writes the interval's dictionary additions, its events (in any order) and the interval with its
  // summary filled in, so that whatever survives a crash is self-contained.
  Result<void> write(std::span<socklock_endpoints> endpoints, const std::vector<RollupRow>& rows,
                     std::vector<socklock_event>& events, const Level2Rows& level2, trace::v1::Interval& interval);

  [[nodiscard]] std::uint64_t contentions() const { return contentions_; }
  [[nodiscard]] std::uint64_t wait_ns() const { return wait_ns_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  void resolve_locks(std::span<socklock_endpoints> endpoints, const std::vector<RollupRow>& rows,
                     trace::v1::Dictionary& added);
  std::uint32_t stack_id(std::uint32_t slot, trace::v1::Dictionary& added);
  std::uint32_t thread_id(const socklock_event& event, trace::v1::Dictionary& added);
  std::vector<trace::SummaryRow> to_summary(const std::vector<RollupRow>& rows, trace::v1::Dictionary& added);
  // Counts waits whose call stack and what is known without it contradict each other.
  void check_stacks(const std::vector<RollupRow>& rows, trace::v1::Interval& interval) const;
  void add_level2(const Level2Rows& level2, trace::v1::Dictionary& added, trace::v1::Interval& interval);
  // Of the interval's waits for sockets' owners and locks of tables; its events are in the columns already.
  void add_holders(const std::vector<socklock_event>& events, trace::v1::Dictionary& added,
                   trace::v1::Interval& interval);
  void to_columns(const std::vector<socklock_event>& events, trace::v1::Dictionary& added);

  trace::TraceWriter& writer_;
  SharedTables& tables_;
  LockFacts& locks_;
  Stacks& stacks_;
  const Redaction& redaction_;
  std::uint64_t start_ns_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string>, std::uint32_t> threads_;
  trace::EventColumns columns_;
  std::uint64_t contentions_ = 0;
  std::uint64_t wait_ns_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace socklock::collector
