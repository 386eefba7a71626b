// SPDX-License-Identifier: GPL-2.0-or-later
// Interleaving what the kernel's tables held in one interval into blocks of the trace.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "collector/output/redaction.h"
#include "collector/probe/shared_tables.h"
#include "collector/record/event_order.h"
#include "collector/record/level2.h"
#include "collector/record/summary_rollup.h"
#include "collector/record/thread_ids.h"
#include "collector/resolve/cgroup_names.h"
#include "collector/resolve/lock_facts.h"
#include "collector/resolve/stacks.h"
#include "proto/trace_writer.h"

namespace socklock::collector {

// From what the kernel's programs say to what a trace does.
struct Facts {
  LockFacts& locks;
  Stacks& stacks;
  const CgroupNames& cgroups;
};

class TraceSink {
 public:
  // All referenced objects outlive the sink.
  TraceSink(trace::TraceWriter& writer, SharedTables& tables, const Facts& facts, const Redaction& redaction,
            std::uint64_t start_ns);

  // Writes the interval's dictionary additions, its events (in any order) and the interval with its
  // summary filled in, so that whatever survives a crash is self-contained. `rollup` is of these events.
  Result<void> write(std::span<socklock_endpoints> endpoints, const Rollup& rollup,
                     std::span<const socklock_event> events, const Level2Rows& level2, trace::v1::Interval& interval);

  [[nodiscard]] std::uint64_t contentions() const { return contentions_; }
  [[nodiscard]] std::uint64_t wait_ns() const { return wait_ns_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  // Of a row of the rollup, in the dictionary.
  struct RowIds {
    std::uint32_t lock, stack;
  };
  void clear_added();
  void resolve_locks(std::span<socklock_endpoints> endpoints, const std::vector<RollupRow>& rows,
                     const Level2Rows& level2, trace::v1::Dictionary& added);
  void identify_rows(const std::vector<RollupRow>& rows, trace::v1::Dictionary& added);
  std::uint32_t stack_id(std::uint32_t slot, trace::v1::Dictionary& added);
  void name_namespaces(trace::v1::Dictionary& added);
  // Of an owner, by its number in the programs' table; 0 for 0.
  std::uint32_t owner_id(std::uint32_t number, trace::v1::Dictionary& added);
  [[nodiscard]] std::vector<std::uint32_t> order_of_summary(const std::vector<RollupRow>& rows) const;
  std::vector<trace::SummaryRow> to_summary(const std::vector<RollupRow>& rows);
  // Counts waits whose call stack and what is known without it contradict each other.
  void check_stacks(const std::vector<RollupRow>& rows, trace::v1::Interval& interval) const;
  void add_holds(const Level2Rows& level2, trace::v1::Dictionary& added, trace::v1::Interval& interval);
  void add_level2(const Level2Rows& level2, trace::v1::Dictionary& added, trace::v1::Interval& interval);
  // Of the interval's waits for sockets' owners and locks of tables; its events are in the columns already.
  void add_holders(std::span<const socklock_event> events, const Rollup& rollup, trace::v1::Dictionary& added,
                   trace::v1::Interval& interval);
  // Of sampled waits for locks that waiters sleep for.
  void add_owners(std::span<const socklock_event> events, const Rollup& rollup, trace::v1::Dictionary& added,
                  trace::v1::Interval& interval);
  void to_columns(std::span<const socklock_event> events, const Rollup& rollup, trace::v1::Dictionary& added);

  trace::TraceWriter& writer_;
  SharedTables& tables_;
  LockFacts& locks_;
  Stacks& stacks_;
  ThreadIds threads_;
  const Redaction& redaction_;
  std::uint64_t start_ns_;
  std::set<std::uint64_t> named_namespaces_;  // inodes that were asked for
  std::vector<RowIds> ids_of_row_;            // of the interval that is written
  EventOrder order_;
  trace::v1::Dictionary added_;
  trace::EventColumns columns_;
  std::uint64_t contentions_ = 0;
  std::uint64_t wait_ns_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace socklock::collector
