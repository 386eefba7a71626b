// SPDX-License-Identifier: GPL-2.0-or-later
// Columns of what capability level 2 measures.
#include <algorithm>

#include "base/wait_buckets.h"
#include "proto/block_format.h"
#include "proto/column_codec.h"
#include "proto/malformed.h"
#include "proto/rows.h"

namespace socklock::trace {
namespace {

// One member of all rows as a column, and back. The type of the column is the member's.
template <typename Row, typename T>
void encode_member(const std::vector<Row>& rows, T Row::*member, v1::Column& column) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(row.*member);
  encode_column(values, column);
}

template <typename Row, typename T>
Result<void> decode_member(const v1::Column& column, const char* name, T Row::*member, std::vector<Row>& rows) {
  std::vector<T> values;
  SOCKLOCK_TRY(decode_column(column, rows.size(), name, values));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = values[i];
  return {};
}

}  // namespace

v1::Calls encode(const std::vector<CallRow>& rows) {
  v1::Calls message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  encode_member(rows, &CallRow::function, *message.mutable_function());
  encode_member(rows, &CallRow::kind, *message.mutable_kind());
  encode_member(rows, &CallRow::syscall, *message.mutable_syscall());
  encode_member(rows, &CallRow::context, *message.mutable_context());
  encode_member(rows, &CallRow::calls, *message.mutable_calls());
  return message;
}

Result<std::vector<CallRow>> decode(const v1::Calls& message) {
  if (message.rows() > kMaxRowsPerBlock) return malformed("too many rows in one block");
  std::vector<CallRow> rows(message.rows());
  SOCKLOCK_TRY(decode_member(message.function(), "function", &CallRow::function, rows));
  SOCKLOCK_TRY(decode_member(message.kind(), "kind", &CallRow::kind, rows));
  SOCKLOCK_TRY(decode_member(message.syscall(), "syscall", &CallRow::syscall, rows));
  SOCKLOCK_TRY(decode_member(message.context(), "context", &CallRow::context, rows));
  SOCKLOCK_TRY(decode_member(message.calls(), "calls", &CallRow::calls, rows));
  return rows;
}

namespace {

void encode_threads(const std::vector<HoldRow>& rows, v1::Holds& message) {
  if (std::all_of(rows.begin(), rows.end(), [](const HoldRow& row) { return row.threads == DistinctRegisters{}; }))
    return;
  std::string& bytes = *message.mutable_threads();
  for (const HoldRow& row : rows) bytes.append(row.threads.begin(), row.threads.end());
}

Result<void> decode_threads(const v1::Holds& message, std::vector<HoldRow>& rows) {
  const std::string& bytes = message.threads();
  if (bytes.empty()) return {};
  if (bytes.size() != rows.size() * kDistinctRegisters) return malformed("threads: not 64 bytes a row");
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * kDistinctRegisters), kDistinctRegisters,
                rows[i].threads.begin());
  return {};
}

}  // namespace

v1::Holds encode(const std::vector<HoldRow>& rows) {
  v1::Holds message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  encode_member(rows, &HoldRow::function, *message.mutable_function());
  encode_member(rows, &HoldRow::kind, *message.mutable_kind());
  encode_member(rows, &HoldRow::syscall, *message.mutable_syscall());
  encode_member(rows, &HoldRow::context, *message.mutable_context());
  encode_member(rows, &HoldRow::samples, *message.mutable_samples());
  encode_member(rows, &HoldRow::weight, *message.mutable_weight());
  encode_member(rows, &HoldRow::hold_ns, *message.mutable_hold_ns());
  encode_member(rows, &HoldRow::backlog_ns, *message.mutable_backlog_ns());
  encode_member(rows, &HoldRow::backlogs, *message.mutable_backlogs());
  encode_member(rows, &HoldRow::max_ns, *message.mutable_max_ns());
  encode_member(rows, &HoldRow::off_cpu_ns, *message.mutable_off_cpu_ns());
  encode_threads(rows, message);
  std::vector<std::uint16_t> cells_in_row, bucket;
  std::vector<std::uint32_t> count;
  for (const HoldRow& row : rows) {
    cells_in_row.push_back(static_cast<std::uint16_t>(row.cells.size()));
    for (const HistogramCell& cell : row.cells) {
      bucket.push_back(cell.bucket);
      count.push_back(cell.count);
    }
  }
  message.set_cells(static_cast<std::uint32_t>(bucket.size()));
  encode_column(cells_in_row, *message.mutable_cells_in_row());
  encode_column(bucket, *message.mutable_cell_bucket());
  encode_column(count, *message.mutable_cell_count());
  return message;
}

namespace {

Result<void> decode_cells(const v1::Holds& message, std::vector<HoldRow>& rows) {
  std::vector<std::uint16_t> cells_in_row, bucket;
  std::vector<std::uint32_t> count;
  SOCKLOCK_TRY(decode_column(message.cells_in_row(), rows.size(), "cells_in_row", cells_in_row));
  SOCKLOCK_TRY(decode_column(message.cell_bucket(), message.cells(), "cell_bucket", bucket));
  SOCKLOCK_TRY(decode_column(message.cell_count(), message.cells(), "cell_count", count));
  std::size_t next = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (cells_in_row[i] > bucket.size() - next) return malformed("histogram cells missing");
    for (std::size_t cell = 0; cell < cells_in_row[i]; ++cell, ++next) {
      if (bucket[next] >= SOCKLOCK_WAIT_BUCKETS || (cell > 0 && bucket[next] <= rows[i].cells.back().bucket))
        return malformed("histogram cell out of range");
      rows[i].cells.push_back({bucket[next], count[next]});
    }
  }
  return next == bucket.size() ? Result<void>{} : malformed("histogram cells left over");
}

}  // namespace

Result<std::vector<HoldRow>> decode(const v1::Holds& message) {
  if (message.rows() > kMaxRowsPerBlock || message.cells() > kMaxRowsPerBlock)
    return malformed("too many rows in one block");
  std::vector<HoldRow> rows(message.rows());
  SOCKLOCK_TRY(decode_member(message.function(), "function", &HoldRow::function, rows));
  SOCKLOCK_TRY(decode_member(message.kind(), "kind", &HoldRow::kind, rows));
  SOCKLOCK_TRY(decode_member(message.syscall(), "syscall", &HoldRow::syscall, rows));
  SOCKLOCK_TRY(decode_member(message.context(), "context", &HoldRow::context, rows));
  SOCKLOCK_TRY(decode_member(message.samples(), "samples", &HoldRow::samples, rows));
  SOCKLOCK_TRY(decode_member(message.weight(), "weight", &HoldRow::weight, rows));
  SOCKLOCK_TRY(decode_member(message.hold_ns(), "hold_ns", &HoldRow::hold_ns, rows));
  SOCKLOCK_TRY(decode_member(message.backlog_ns(), "backlog_ns", &HoldRow::backlog_ns, rows));
  SOCKLOCK_TRY(decode_member(message.backlogs(), "backlogs", &HoldRow::backlogs, rows));
  SOCKLOCK_TRY(decode_member(message.max_ns(), "max_ns", &HoldRow::max_ns, rows));
  SOCKLOCK_TRY(decode_member(message.off_cpu_ns(), "off_cpu_ns", &HoldRow::off_cpu_ns, rows));
  SOCKLOCK_TRY(decode_threads(message, rows));
  SOCKLOCK_TRY(decode_cells(message, rows));
  return rows;
}

v1::CpuSamples encode(const std::vector<CpuSampleRow>& rows) {
  v1::CpuSamples message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  encode_member(rows, &CpuSampleRow::stack, *message.mutable_stack());
  encode_member(rows, &CpuSampleRow::samples, *message.mutable_samples());
  return message;
}

Result<std::vector<CpuSampleRow>> decode(const v1::CpuSamples& message) {
  if (message.rows() > kMaxRowsPerBlock) return malformed("too many rows in one block");
  std::vector<CpuSampleRow> rows(message.rows());
  SOCKLOCK_TRY(decode_member(message.stack(), "stack", &CpuSampleRow::stack, rows));
  SOCKLOCK_TRY(decode_member(message.samples(), "samples", &CpuSampleRow::samples, rows));
  return rows;
}

v1::Holders encode(const std::vector<HolderRow>& rows) {
  v1::Holders message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  encode_member(rows, &HolderRow::lock, *message.mutable_lock());
  encode_member(rows, &HolderRow::stack, *message.mutable_stack());
  encode_member(rows, &HolderRow::syscall, *message.mutable_syscall());
  encode_member(rows, &HolderRow::holder_stack, *message.mutable_holder_stack());
  encode_member(rows, &HolderRow::holder_syscall, *message.mutable_holder_syscall());
  encode_member(rows, &HolderRow::holder, *message.mutable_holder());
  encode_member(rows, &HolderRow::waits, *message.mutable_waits());
  encode_member(rows, &HolderRow::wait_ns, *message.mutable_wait_ns());
  return message;
}

Result<std::vector<HolderRow>> decode(const v1::Holders& message) {
  if (message.rows() > kMaxRowsPerBlock) return malformed("too many rows in one block");
  std::vector<HolderRow> rows(message.rows());
  SOCKLOCK_TRY(decode_member(message.lock(), "lock", &HolderRow::lock, rows));
  SOCKLOCK_TRY(decode_member(message.stack(), "stack", &HolderRow::stack, rows));
  SOCKLOCK_TRY(decode_member(message.syscall(), "syscall", &HolderRow::syscall, rows));
  SOCKLOCK_TRY(decode_member(message.holder_stack(), "holder_stack", &HolderRow::holder_stack, rows));
  SOCKLOCK_TRY(decode_member(message.holder_syscall(), "holder_syscall", &HolderRow::holder_syscall, rows));
  SOCKLOCK_TRY(decode_member(message.holder(), "holder", &HolderRow::holder, rows));
  SOCKLOCK_TRY(decode_member(message.waits(), "waits", &HolderRow::waits, rows));
  SOCKLOCK_TRY(decode_member(message.wait_ns(), "wait_ns", &HolderRow::wait_ns, rows));
  return rows;
}

v1::HeldLocks encode(const std::vector<HeldLockRow>& rows) {
  v1::HeldLocks message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  encode_member(rows, &HeldLockRow::lock, *message.mutable_lock());
  encode_member(rows, &HeldLockRow::kind, *message.mutable_kind());
  encode_member(rows, &HeldLockRow::samples, *message.mutable_samples());
  encode_member(rows, &HeldLockRow::weight, *message.mutable_weight());
  encode_member(rows, &HeldLockRow::hold_ns, *message.mutable_hold_ns());
  return message;
}

Result<std::vector<HeldLockRow>> decode(const v1::HeldLocks& message) {
  if (message.rows() > kMaxRowsPerBlock) return malformed("too many rows in one block");
  std::vector<HeldLockRow> rows(message.rows());
  SOCKLOCK_TRY(decode_member(message.lock(), "lock", &HeldLockRow::lock, rows));
  SOCKLOCK_TRY(decode_member(message.kind(), "kind", &HeldLockRow::kind, rows));
  SOCKLOCK_TRY(decode_member(message.samples(), "samples", &HeldLockRow::samples, rows));
  SOCKLOCK_TRY(decode_member(message.weight(), "weight", &HeldLockRow::weight, rows));
  SOCKLOCK_TRY(decode_member(message.hold_ns(), "hold_ns", &HeldLockRow::hold_ns, rows));
  return rows;
}

v1::Owners encode(const std::vector<OwnerRow>& rows) {
  v1::Owners message;
  message.set_rows(static_cast<std::uint32_t>(rows.size()));
  encode_member(rows, &OwnerRow::lock, *message.mutable_lock());
  encode_member(rows, &OwnerRow::stack, *message.mutable_stack());
  encode_member(rows, &OwnerRow::syscall, *message.mutable_syscall());
  encode_member(rows, &OwnerRow::owner, *message.mutable_owner());
  encode_member(rows, &OwnerRow::owner_stack, *message.mutable_owner_stack());
  encode_member(rows, &OwnerRow::owner_syscall, *message.mutable_owner_syscall());
  encode_member(rows, &OwnerRow::owner_state, *message.mutable_owner_state());
  encode_member(rows, &OwnerRow::root, *message.mutable_root());
  encode_member(rows, &OwnerRow::waits, *message.mutable_waits());
  encode_member(rows, &OwnerRow::wait_ns, *message.mutable_wait_ns());
  encode_member(rows, &OwnerRow::contended_ns, *message.mutable_contended_ns());
  return message;
}

Result<std::vector<OwnerRow>> decode(const v1::Owners& message) {
  if (message.rows() > kMaxRowsPerBlock) return malformed("too many rows in one block");
  std::vector<OwnerRow> rows(message.rows());
  SOCKLOCK_TRY(decode_member(message.lock(), "lock", &OwnerRow::lock, rows));
  SOCKLOCK_TRY(decode_member(message.stack(), "stack", &OwnerRow::stack, rows));
  SOCKLOCK_TRY(decode_member(message.syscall(), "syscall", &OwnerRow::syscall, rows));
  SOCKLOCK_TRY(decode_member(message.owner(), "owner", &OwnerRow::owner, rows));
  SOCKLOCK_TRY(decode_member(message.owner_stack(), "owner_stack", &OwnerRow::owner_stack, rows));
  SOCKLOCK_TRY(decode_member(message.owner_syscall(), "owner_syscall", &OwnerRow::owner_syscall, rows));
  SOCKLOCK_TRY(decode_member(message.owner_state(), "owner_state", &OwnerRow::owner_state, rows));
  SOCKLOCK_TRY(decode_member(message.root(), "root", &OwnerRow::root, rows));
  SOCKLOCK_TRY(decode_member(message.waits(), "waits", &OwnerRow::waits, rows));
  SOCKLOCK_TRY(decode_member(message.wait_ns(), "wait_ns", &OwnerRow::wait_ns, rows));
  SOCKLOCK_TRY(decode_member(message.contended_ns(), "contended_ns", &OwnerRow::contended_ns, rows));
  return rows;
}

}  // namespace socklock::trace
