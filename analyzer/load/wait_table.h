// SPDX-License-Identifier: GPL-2.0-or-later
// The waits of a run as columns: one row a distinct (lock, stack, thread, syscall, context, flags),
// with exact sums and the histogram of its waits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/load/ids.h"
#include "base/wait_buckets.h"

namespace socklock::analyzer {

enum class KernelStack : std::uint8_t { kTask, kInterrupt };

struct WaitKey {
  LockId lock = kNoLock;
  StackId stack = kNoStack;
  ThreadId thread = kNoThread;  // kNoThread where the rows come from summaries
  std::uint16_t syscall = 0;    // number + 1, 0: none
  KernelStack on = KernelStack::kTask;
  std::uint8_t flags = 0;  // the kernel's LCB_F_* bits; owner waits: 64 alone; length not known: 64 beside others
};

struct WaitSums {
  std::uint64_t contentions = 0;
  std::uint64_t gave_up = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t wait_min_ns = UINT64_MAX;
  std::uint64_t wait_max_ns = 0;
  std::uint64_t untimed = 0;       // of the contentions: those whose length is not known, which add nothing to the wait
  std::uint64_t run_delay_ns = 0;  // of the wait: runnable, and waiting for a CPU (RunFacts.knows_run_delay)

  // Waits, and of none how long it was: then nothing is known of their wait, which is not 0.
  [[nodiscard]] bool knows_no_length() const { return contentions > 0 && untimed == contentions; }

  void add(const WaitSums& other) {
    contentions += other.contentions;
    gave_up += other.gave_up;
    wait_ns += other.wait_ns;
    wait_min_ns = std::min(wait_min_ns, other.wait_min_ns);
    wait_max_ns = std::max(wait_max_ns, other.wait_max_ns);
    untimed += other.untimed;
    run_delay_ns += other.run_delay_ns;
  }
};

struct WaitCell {
  std::uint32_t bucket = 0;  // base/wait_buckets.h, always below SOCKLOCK_WAIT_BUCKETS
  std::uint64_t count = 0;
};

// Of a row whose stack stands for waits without one: sums over those of its waits that were sampled.
struct StackSample {
  std::uint64_t sampled = 0;
  double weight = 0;  // for how many others they stand
  double weight_squares = 0;
  double wait = 0;  // weight times wait, ns
  double wait_squares = 0;

  void add(const StackSample& other) {
    sampled += other.sampled;
    weight += other.weight;
    weight_squares += other.weight_squares;
    wait += other.wait;
    wait_squares += other.wait_squares;
  }
};

// Middle of a histogram bucket, ns.
inline double bucket_middle(unsigned bucket) {
  const auto low = static_cast<double>(socklock_wait_bucket_low(bucket));
  // Waits below 16 ns have a bucket each.
  if (bucket < 16) return low;
  return low + static_cast<double>(socklock_wait_bucket_low(bucket + 1) - socklock_wait_bucket_low(bucket)) / 2;
}

struct WaitTable {
  std::vector<WaitKey> keys;
  std::vector<WaitSums> sums;
  std::vector<StackSample> samples;
  std::vector<WaitCell> cells;          // of row 0, of row 1, ...; ascending buckets in a row
  std::vector<std::size_t> first_cell;  // size() + 1 entries

  [[nodiscard]] std::size_t size() const { return keys.size(); }
  [[nodiscard]] std::span<const WaitCell> cells_of(std::size_t row) const {
    return std::span(cells).subspan(first_cell[row], first_cell[row + 1] - first_cell[row]);
  }
};

}  // namespace socklock::analyzer
