// SPDX-License-Identifier: GPL-2.0-or-later
// The bulk of a trace as plain data, between the recorder's maps, the columns on disk and the analyzer.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "proto/distinct_registers.h"
#include "socklock/trace/v1/columns.pb.h"

namespace socklock::trace {

// Value of `flags` for a wait in lock_sock() for the socket's owner; below it are the kernel's LCB_F_* bits.
inline constexpr std::uint8_t kFlagOwnerWait = 64;
// Bit of `flags`, which only importers set: of what kind the lock is, beyond reader or writer, is not known. LCB_F_READ
// and LCB_F_WRITE at once, also importers', are a reader or a writer.
inline constexpr std::uint8_t kFlagKindUnknown = 128;
// 64 beside others: how long such waits were is not known. They are contentions without a wait: wait_ns is 0.
inline constexpr std::uint8_t kFlagUntimed = 64;
inline constexpr bool is_untimed(std::uint8_t flags) { return (flags & kFlagUntimed) != 0 && flags != kFlagOwnerWait; }

// Events as columns of equal length, in order of end_ns. Ids refer to the trace's dictionaries, 0 is none.
struct EventColumns {
  std::vector<std::uint64_t> end_ns;  // since the start of the recording
  std::vector<std::uint64_t> wait_ns;
  std::vector<std::uint32_t> lock;
  std::vector<std::uint32_t> stack;
  std::vector<std::uint32_t> thread;
  std::vector<std::uint16_t> cpu;
  std::vector<std::uint8_t> flags;
  std::vector<std::uint8_t> context;  // v1::Context
  std::vector<std::uint32_t> weight;
  std::vector<std::uint16_t> error;         // errno that the wait gave up with, 0: got the lock
  std::vector<std::uint16_t> syscall;       // number + 1, 0: none
  std::vector<std::uint64_t> stack_weight;  // waits without a stack that the row's stack stands for
  std::vector<std::uint64_t> run_delay_ns;  // of the wait: waiting for a CPU; empty or 0: none, or not known

  [[nodiscard]] std::size_t size() const { return end_ns.size(); }
  void clear();
  void reserve(std::size_t rows);
  void resize(std::size_t rows);
};

struct HistogramCell {
  std::uint16_t bucket;  // socklock_wait_bucket()
  std::uint32_t count;
};

// One row of an interval summary. `cells` holds the whole histogram also where the trace implies it, of up to two
// contentions; who writes it may leave it out there.
struct SummaryRow {
  std::uint32_t lock = 0;
  std::uint32_t stack = 0;
  std::uint16_t syscall = 0;  // number + 1, 0: none
  std::uint8_t context = 0;   // v1::Context
  std::uint8_t flags = 0;
  std::uint32_t contentions = 0;
  std::uint32_t gave_up = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t wait_min_ns = 0;
  std::uint64_t wait_max_ns = 0;
  std::uint32_t sampled = 0;           // waits whose stack stands for others
  std::uint64_t stack_weight = 0;      // for how many
  std::uint64_t weighted_wait_ns = 0;  // and with what wait, if those are like these
  std::uint64_t run_delay_ns = 0;      // sum: of the wait, waiting for a CPU
  std::vector<HistogramCell> cells;    // ascending buckets, counts sum to `contentions`
};

// One row of Calls: how often a function was called from one place.
struct CallRow {
  std::uint32_t function = 0;
  std::uint8_t kind = 0;      // v1::SocketKind
  std::uint16_t syscall = 0;  // number + 1, 0: none
  std::uint8_t context = 0;   // v1::Context
  std::uint64_t calls = 0;
};

// One row of Holds.
struct HoldRow {
  std::uint32_t function = 0;
  std::uint8_t kind = 0;      // v1::SocketKind
  std::uint16_t syscall = 0;  // number + 1, 0: none
  std::uint8_t context = 0;   // v1::Context
  std::uint64_t samples = 0;
  std::uint64_t weight = 0;  // holds that they stand for
  std::uint64_t hold_ns = 0;
  std::uint64_t backlog_ns = 0;
  std::uint64_t backlogs = 0;
  std::uint64_t max_ns = 0;
  std::uint64_t off_cpu_ns = 0;      // of hold_ns: in which the holder did not run; Recorder.knows_off_cpu
  DistinctRegisters threads{};       // that held it; all 0: not known
  std::vector<HistogramCell> cells;  // of the samples, ascending buckets
};

// One row of Holders.
struct HolderRow {
  std::uint32_t lock = 0;
  std::uint32_t stack = 0;
  std::uint16_t syscall = 0;
  std::uint32_t holder_stack = 0;
  std::uint16_t holder_syscall = 0;
  std::uint8_t holder = 0;  // 0: not known; else v1::Context + 1
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
};

// One row of HeldLocks.
struct HeldLockRow {
  std::uint32_t lock = 0;
  std::uint8_t kind = 0;  // v1::SocketKind
  std::uint64_t samples = 0;
  std::uint64_t weight = 0;   // holds that they stand for, themselves included
  std::uint64_t hold_ns = 0;  // sum over those
};

// One row of Owners.
struct OwnerRow {
  std::uint32_t lock = 0;
  std::uint32_t stack = 0;
  std::uint16_t syscall = 0;
  std::uint32_t owner = 0;  // thread, 0: not known
  std::uint32_t owner_stack = 0;
  std::uint16_t owner_syscall = 0;
  std::uint8_t owner_state = 0;  // v1::OwnerState
  std::uint32_t root = 0;        // thread
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t contended_ns = 0;  // in which this owner held the lock and others waited for it, each moment once
};

struct CpuSampleRow {
  std::uint32_t stack = 0;  // 0: not known
  std::uint64_t samples = 0;
};

// Plain data to columns and back. Decoding checks every length before it allocates (limits in
// block_format.h) and every invariant named above; its error has `what` filled only.
v1::Events encode(const EventColumns& events);
// Replaces what `message` held, and uses its memory.
void encode(const EventColumns& events, v1::Events& message);
// Replaces the content of `events`, whose capacity is reused from block to block.
Result<void> decode(const v1::Events& message, EventColumns& events);
v1::Summary encode(const std::vector<SummaryRow>& rows);
// Likewise.
Result<void> decode(const v1::Summary& message, std::vector<SummaryRow>& rows);
v1::Calls encode(const std::vector<CallRow>& rows);
Result<std::vector<CallRow>> decode(const v1::Calls& message);
v1::Holds encode(const std::vector<HoldRow>& rows);
Result<std::vector<HoldRow>> decode(const v1::Holds& message);
v1::CpuSamples encode(const std::vector<CpuSampleRow>& rows);
Result<std::vector<CpuSampleRow>> decode(const v1::CpuSamples& message);
v1::Holders encode(const std::vector<HolderRow>& rows);
Result<std::vector<HolderRow>> decode(const v1::Holders& message);
v1::HeldLocks encode(const std::vector<HeldLockRow>& rows);
Result<std::vector<HeldLockRow>> decode(const v1::HeldLocks& message);
v1::Owners encode(const std::vector<OwnerRow>& rows);
Result<std::vector<OwnerRow>> decode(const v1::Owners& message);

}  // namespace socklock::trace
