// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/rows.h"

#include <algorithm>
#include <limits>

#include "base/wait_buckets.h"
#include "proto/block_format.h"
#include "proto/column_codec.h"
#include "proto/malformed.h"

namespace socklock::trace {
namespace {

// A summary's columns while they are put together or taken apart.
struct SummaryColumns {
  std::vector<std::uint32_t> lock, stack;
  std::vector<std::uint16_t> syscall;
  std::vector<std::uint8_t> context, flags;
  std::vector<std::uint32_t> contentions, gave_up;
  std::vector<std::uint64_t> wait_ns, wait_min_ns, wait_max_ns;
  std::vector<std::uint32_t> sampled;
  std::vector<std::uint64_t> stack_weight, weighted_wait_ns, run_delay_ns;
  std::vector<std::uint16_t> cells_in_row;
  std::vector<std::uint16_t> cell_bucket;
  std::vector<std::uint32_t> cell_count;
};

// Columns of sampled stacks are left out where nothing was sampled.
template <typename T>
bool any(const std::vector<T>& values) {
  return std::any_of(values.begin(), values.end(), [](T value) { return value != 0; });
}

SummaryColumns to_columns(const std::vector<SummaryRow>& rows) {
  SummaryColumns columns;
  for (const auto& row : rows) {
    columns.lock.push_back(row.lock);
    columns.stack.push_back(row.stack);
    columns.syscall.push_back(row.syscall);
    columns.context.push_back(row.context);
    columns.flags.push_back(row.flags);
    columns.contentions.push_back(row.contentions);
    columns.gave_up.push_back(row.gave_up);
    columns.wait_ns.push_back(row.wait_ns);
    columns.sampled.push_back(row.sampled);
    columns.stack_weight.push_back(row.stack_weight);
    columns.weighted_wait_ns.push_back(row.weighted_wait_ns);
    columns.run_delay_ns.push_back(row.run_delay_ns);
    if (row.contentions > 1) columns.wait_min_ns.push_back(row.wait_min_ns);
    if (row.contentions <= 2) continue;
    columns.wait_max_ns.push_back(row.wait_max_ns);
    columns.cells_in_row.push_back(static_cast<std::uint16_t>(row.cells.size()));
    for (const auto& cell : row.cells) {
      columns.cell_bucket.push_back(cell.bucket);
      columns.cell_count.push_back(cell.count);
    }
  }
  return columns;
}

// Up to two waits the histogram follows from the waits themselves.
void imply_histogram(SummaryRow& row) {
  const auto low = static_cast<std::uint16_t>(socklock_wait_bucket(row.wait_min_ns));
  const auto high = static_cast<std::uint16_t>(socklock_wait_bucket(row.wait_max_ns));
  if (row.contentions == 1 || low == high)
    row.cells.assign({{low, row.contentions}});
  else
    row.cells.assign({{low, 1}, {high, 1}});
}

// Takes the columns marked [1] and [2] apart again; positions in them differ from the row's.
class RowRestorer {
 public:
  explicit RowRestorer(const SummaryColumns& columns) : columns_(columns) {}

  Result<void> restore(SummaryRow& row) {
    if (row.contentions == 0) return malformed("summary row without contentions");
    if (row.gave_up > row.contentions) return malformed("more waits gave up than there were");
    row.wait_min_ns = row.contentions > 1 ? columns_.wait_min_ns[next_min_++] : row.wait_ns;
    if (row.wait_min_ns > row.wait_ns) return malformed("shortest wait exceeds the sum");
    if (row.contentions <= 2) {
      row.wait_max_ns = row.contentions == 1 ? row.wait_ns : row.wait_ns - row.wait_min_ns;
      if (row.wait_max_ns < row.wait_min_ns) return malformed("shortest wait exceeds the longest");
      imply_histogram(row);
      return {};
    }
    row.wait_max_ns = columns_.wait_max_ns[next_detail_];
    if (row.wait_max_ns < row.wait_min_ns || row.wait_max_ns > row.wait_ns)
      return malformed("longest wait out of range");
    return restore_cells(row, columns_.cells_in_row[next_detail_++]);
  }

  [[nodiscard]] bool all_cells_used() const { return next_cell_ == columns_.cell_bucket.size(); }

 private:
  // Fewer waits than contentions are fine: a full table loses cells, and counts that (histogram_full).
  Result<void> restore_cells(SummaryRow& row, std::size_t cells) {
    if (cells > columns_.cell_bucket.size() - next_cell_) return malformed("histogram cells missing");
    std::uint64_t sum = 0;
    row.cells.clear();
    for (std::size_t i = 0; i < cells; ++i, ++next_cell_) {
      const HistogramCell cell{columns_.cell_bucket[next_cell_], columns_.cell_count[next_cell_]};
      if (cell.bucket >= SOCKLOCK_WAIT_BUCKETS || cell.count == 0 || (i > 0 && cell.bucket <= row.cells.back().bucket))
        return malformed("histogram cell out of range");
      row.cells.push_back(cell);
      sum += cell.count;
    }
    if (sum > row.contentions) return malformed("histogram counts more waits than there were");
    return {};
  }

  const SummaryColumns& columns_;
  std::size_t next_min_ = 0;
  std::size_t next_detail_ = 0;
  std::size_t next_cell_ = 0;
};

Result<SummaryColumns> decode_columns(const v1::Summary& message) {
  SummaryColumns c;
  const std::size_t rows = message.rows();
  SOCKLOCK_TRY(decode_column(message.lock(), rows, "lock", c.lock));
  SOCKLOCK_TRY(decode_column(message.stack(), rows, "stack", c.stack));
  SOCKLOCK_TRY(decode_column(message.syscall(), rows, "syscall", c.syscall));
  SOCKLOCK_TRY(decode_column(message.context(), rows, "context", c.context));
  SOCKLOCK_TRY(decode_column(message.flags(), rows, "flags", c.flags));
  SOCKLOCK_TRY(decode_column(message.contentions(), rows, "contentions", c.contentions));
  SOCKLOCK_TRY(decode_column(message.gave_up(), rows, "gave_up", c.gave_up));
  SOCKLOCK_TRY(decode_column(message.wait_ns(), rows, "wait_ns", c.wait_ns));
  SOCKLOCK_TRY(decode_column(message.sampled(), rows, "sampled", c.sampled));
  SOCKLOCK_TRY(decode_column(message.stack_weight(), rows, "stack_weight", c.stack_weight));
  SOCKLOCK_TRY(decode_column(message.weighted_wait_ns(), rows, "weighted_wait_ns", c.weighted_wait_ns));
  SOCKLOCK_TRY(decode_column(message.run_delay_ns(), rows, "run_delay_ns", c.run_delay_ns));
  std::size_t more_than_one = 0, more_than_two = 0;
  for (const auto contentions : c.contentions) {
    more_than_one += contentions > 1 ? 1 : 0;
    more_than_two += contentions > 2 ? 1 : 0;
  }
  SOCKLOCK_TRY(decode_column(message.wait_min_ns(), more_than_one, "wait_min_ns", c.wait_min_ns));
  SOCKLOCK_TRY(decode_column(message.wait_max_ns(), more_than_two, "wait_max_ns", c.wait_max_ns));
  SOCKLOCK_TRY(decode_column(message.cells_in_row(), more_than_two, "cells_in_row", c.cells_in_row));
  SOCKLOCK_TRY(decode_column(message.cell_bucket(), message.cells(), "cell_bucket", c.cell_bucket));
  SOCKLOCK_TRY(decode_column(message.cell_count(), message.cells(), "cell_count", c.cell_count));
  return c;
}

Result<void> restore_end_times(std::uint64_t base_ns, std::vector<std::uint64_t>& end_ns) {
  std::uint64_t time = base_ns;
  for (auto& value : end_ns) {
    if (value > std::numeric_limits<std::uint64_t>::max() - time) return malformed("end times overflow");
    time += value;
    value = time;
  }
  return {};
}

}  // namespace

void EventColumns::clear() {
  end_ns.clear();
  wait_ns.clear();
  lock.clear();
  stack.clear();
  thread.clear();
  cpu.clear();
  flags.clear();
  context.clear();
  weight.clear();
  error.clear();
  syscall.clear();
  stack_weight.clear();
  run_delay_ns.clear();
}

void EventColumns::reserve(std::size_t rows) {
  end_ns.reserve(rows);
  wait_ns.reserve(rows);
  lock.reserve(rows);
  stack.reserve(rows);
  thread.reserve(rows);
  cpu.reserve(rows);
  flags.reserve(rows);
  context.reserve(rows);
  weight.reserve(rows);
  error.reserve(rows);
  syscall.reserve(rows);
}

void EventColumns::resize(std::size_t rows) {
  end_ns.resize(rows);
  wait_ns.resize(rows);
  lock.resize(rows);
  stack.resize(rows);
  thread.resize(rows);
  cpu.resize(rows);
  flags.resize(rows);
  context.resize(rows);
  weight.resize(rows);
  error.resize(rows);
  syscall.resize(rows);
  stack_weight.resize(rows);
  run_delay_ns.resize(rows);
}

v1::Events encode(const EventColumns& events) {
  v1::Events message;
  encode(events, message);
  return message;
}

void encode(const EventColumns& events, v1::Events& message) {
  if (events.size() == 0) return message.Clear();
  message.set_rows(static_cast<std::uint32_t>(events.size()));
  message.set_base_ns(events.end_ns.front());
  std::vector<std::uint64_t> deltas(events.size(), 0);
  for (std::size_t i = 1; i < deltas.size(); ++i) deltas[i] = events.end_ns[i] - events.end_ns[i - 1];
  encode_column(deltas, *message.mutable_end_delta_ns());
  encode_column(events.wait_ns, *message.mutable_wait_ns());
  encode_column(events.lock, *message.mutable_lock());
  encode_column(events.stack, *message.mutable_stack());
  encode_column(events.thread, *message.mutable_thread());
  encode_column(events.cpu, *message.mutable_cpu());
  encode_column(events.flags, *message.mutable_flags());
  encode_column(events.context, *message.mutable_context());
  encode_column(events.weight, *message.mutable_weight());
  encode_column(events.error, *message.mutable_error());
  encode_column(events.syscall, *message.mutable_syscall());
  if (any(events.stack_weight))
    encode_column(events.stack_weight, *message.mutable_stack_weight());
  else
    message.clear_stack_weight();
  if (any(events.run_delay_ns))
    encode_column(events.run_delay_ns, *message.mutable_run_delay_ns());
  else
    message.clear_run_delay_ns();
}

Result<void> decode(const v1::Events& message, EventColumns& events) {
  const std::size_t rows = message.rows();
  if (rows > kMaxRowsPerBlock) return malformed("too many rows in one block");
  SOCKLOCK_TRY(decode_column(message.end_delta_ns(), rows, "end_delta_ns", events.end_ns));
  SOCKLOCK_TRY(restore_end_times(message.base_ns(), events.end_ns));
  SOCKLOCK_TRY(decode_column(message.wait_ns(), rows, "wait_ns", events.wait_ns));
  SOCKLOCK_TRY(decode_column(message.lock(), rows, "lock", events.lock));
  SOCKLOCK_TRY(decode_column(message.stack(), rows, "stack", events.stack));
  SOCKLOCK_TRY(decode_column(message.thread(), rows, "thread", events.thread));
  SOCKLOCK_TRY(decode_column(message.cpu(), rows, "cpu", events.cpu));
  SOCKLOCK_TRY(decode_column(message.flags(), rows, "flags", events.flags));
  SOCKLOCK_TRY(decode_column(message.context(), rows, "context", events.context));
  SOCKLOCK_TRY(decode_column(message.weight(), rows, "weight", events.weight));
  SOCKLOCK_TRY(decode_column(message.error(), rows, "error", events.error));
  SOCKLOCK_TRY(decode_column(message.syscall(), rows, "syscall", events.syscall));
  SOCKLOCK_TRY(decode_column(message.stack_weight(), rows, "stack_weight", events.stack_weight));
  SOCKLOCK_TRY(decode_column(message.run_delay_ns(), rows, "run_delay_ns", events.run_delay_ns));
  for (std::size_t i = 0; i < rows; ++i)
    if (events.run_delay_ns[i] > events.wait_ns[i]) return malformed("longer without a CPU than the wait");
  return {};
}

v1::Summary encode(const std::vector<SummaryRow>& rows) {
  const SummaryColumns columns = to_columns(rows);
  v1::Summary message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  message.set_cells(static_cast<std::uint32_t>(columns.cell_bucket.size()));
  encode_column(columns.lock, *message.mutable_lock());
  encode_column(columns.stack, *message.mutable_stack());
  encode_column(columns.syscall, *message.mutable_syscall());
  encode_column(columns.context, *message.mutable_context());
  encode_column(columns.flags, *message.mutable_flags());
  encode_column(columns.contentions, *message.mutable_contentions());
  encode_column(columns.gave_up, *message.mutable_gave_up());
  encode_column(columns.wait_ns, *message.mutable_wait_ns());
  encode_column(columns.wait_min_ns, *message.mutable_wait_min_ns());
  encode_column(columns.wait_max_ns, *message.mutable_wait_max_ns());
  encode_column(columns.cells_in_row, *message.mutable_cells_in_row());
  encode_column(columns.cell_bucket, *message.mutable_cell_bucket());
  encode_column(columns.cell_count, *message.mutable_cell_count());
  if (any(columns.sampled)) {
    encode_column(columns.sampled, *message.mutable_sampled());
    encode_column(columns.stack_weight, *message.mutable_stack_weight());
    encode_column(columns.weighted_wait_ns, *message.mutable_weighted_wait_ns());
  }
  if (any(columns.run_delay_ns)) encode_column(columns.run_delay_ns, *message.mutable_run_delay_ns());
  return message;
}

Result<void> decode(const v1::Summary& message, std::vector<SummaryRow>& rows) {
  if (message.rows() > kMaxRowsPerBlock || message.cells() > kMaxRowsPerBlock)
    return malformed("too many rows in one block");
  SOCKLOCK_TRY_ASSIGN(const SummaryColumns columns, decode_columns(message));
  rows.resize(message.rows());
  RowRestorer restorer(columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SummaryRow& row = rows[i];
    row.lock = columns.lock[i];
    row.stack = columns.stack[i];
    row.syscall = columns.syscall[i];
    row.context = columns.context[i];
    row.flags = columns.flags[i];
    row.contentions = columns.contentions[i];
    row.gave_up = columns.gave_up[i];
    row.wait_ns = columns.wait_ns[i];
    row.sampled = columns.sampled[i];
    row.stack_weight = columns.stack_weight[i];
    row.weighted_wait_ns = columns.weighted_wait_ns[i];
    row.run_delay_ns = columns.run_delay_ns[i];
    if (row.run_delay_ns > row.wait_ns) return malformed("longer without a CPU than the wait");
    if (row.sampled > row.contentions || (row.sampled == 0) != (row.stack_weight == 0))
      return malformed("a stack that stands for others without being sampled");
    SOCKLOCK_TRY(restorer.restore(row));
  }
  if (!restorer.all_cells_used()) return malformed("histogram cells left over");
  return {};
}

}  // namespace socklock::trace
