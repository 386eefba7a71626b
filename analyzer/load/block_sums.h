// SPDX-License-Identifier: GPL-2.0-or-later
// The events of one block, summed by all that they have in common. Ids are the trace's, so that this needs nothing of
// other blocks: threads sum up blocks at the same time, and one by one their sums become those of a run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/load/cpu_choice.h"
#include "analyzer/load/flat_index.h"
#include "analyzer/load/time_range.h"
#include "analyzer/load/wait_table.h"
#include "base/result.h"
#include "proto/events_view.h"

namespace socklock::analyzer {

// As WaitKey, of ids that may mean nothing.
struct RawKey {
  std::uint32_t lock = 0, stack = 0, thread = 0;
  std::uint16_t syscall = 0;
  std::uint8_t context = 0, flags = 0;
};

struct BlockRow {
  RawKey key;
  std::uint64_t events = 0;
  WaitSums sums;
  StackSample sample;
  std::size_t first_cell = 0, cell_count = 0;
};

// Which events are summed: those that end in the range, if there is one, are so long, and were on such a CPU.
struct EventChoice {
  std::optional<TimeRange> range;
  std::uint64_t min_wait_ns = 0;
  CpuChoice cpus = {};
};

class BlockSums {
 public:
  // Replaces what is there by the sums of a block, of its events that are chosen. Errors: the block is malformed,
  // or its sums are too large; there are no rows then.
  Result<void> sum(const trace::EventsView& events, const EventChoice& choice);

  // In the order in which the first event of each comes.
  [[nodiscard]] std::span<const BlockRow> rows() const { return rows_; }
  // Ascending buckets.
  [[nodiscard]] std::span<const WaitCell> cells_of(const BlockRow& row) const {
    return std::span(cells_).subspan(row.first_cell, row.cell_count);
  }
  // Of all events of the block, chosen or not.
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t contentions() const { return contentions_; }
  [[nodiscard]] std::uint64_t wait_ns() const { return wait_ns_; }

 private:
  Result<void> number_rows(const trace::EventsView& events, const EventChoice& choice);
  Result<void> order_waits(const trace::EventsView& events);
  void sum_row(BlockRow& row, std::size_t first);

  FlatIndex index_;
  std::vector<BlockRow> rows_;
  std::vector<WaitCell> cells_;
  std::vector<std::uint32_t> row_of_;  // by event
  std::vector<std::uint32_t> counts_;  // by row: its events; then where the next of them goes in `waits_`
  // By row, those of a row in the order of the block.
  std::vector<std::uint64_t> waits_;
  std::vector<std::uint32_t> weights_;  // empty: all are 1
  std::vector<std::uint64_t> bucket_counts_ = std::vector<std::uint64_t>(SOCKLOCK_WAIT_BUCKETS);
  std::uint64_t events_ = 0, contentions_ = 0, wait_ns_ = 0;
};

}  // namespace socklock::analyzer
