// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/block_sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/wait_buckets.h"
#include "proto/malformed.h"
#include "proto/rows.h"

namespace socklock::analyzer {
namespace {

using trace::ColumnView;
using trace::EventsView;

// Rows are taken out of columns so many at a time: what a row needs stays in the first level of the cache.
constexpr std::size_t kChunkRows = 512;
template <typename T>
using Chunk = std::array<T, kChunkRows>;

constexpr std::uint32_t kNotChosen = UINT32_MAX;

template <typename Take>
void for_chunks(std::size_t rows, Take take) {
  for (std::size_t first = 0; first < rows; first += kChunkRows) take(first, std::min(kChunkRows, rows - first));
}

StackSample sample_of(std::uint64_t wait_ns, std::uint64_t stack_weight) {
  const auto weight = static_cast<double>(stack_weight);
  const double wait = weight * static_cast<double>(wait_ns);
  return {1, weight, weight * weight, wait, wait * wait};
}

// Which buckets a row has waits in, so that nobody looks at the others.
class UsedBuckets {
 public:
  void add(unsigned bucket) { words_[bucket / kBits] |= std::uint64_t{1} << (bucket % kBits); }
  // Ascending.
  template <typename Take>
  void visit(Take take) const {
    for (std::size_t word = 0; word < words_.size(); ++word)
      for (std::uint64_t left = words_[word]; left != 0; left &= left - 1)
        take(static_cast<std::uint32_t>(word * kBits + static_cast<std::size_t>(std::countr_zero(left))));
  }

 private:
  static constexpr std::size_t kBits = 64;
  std::array<std::uint64_t, (SOCKLOCK_WAIT_BUCKETS + kBits - 1) / kBits> words_{};
};

bool is_all(const ColumnView& column, std::uint64_t value) { return column.is_constant() && column.constant == value; }

struct KeyChunk {
  Chunk<std::uint32_t> lock, stack, thread;
  Chunk<std::uint16_t> syscall;
  Chunk<std::uint8_t> context, flags;

  void read(const EventsView& events, std::size_t first, std::size_t count) {
    const std::size_t rows = events.rows;
    events.lock.read(rows, first, count, lock.data());
    events.stack.read(rows, first, count, stack.data());
    events.thread.read(rows, first, count, thread.data());
    events.syscall.read(rows, first, count, syscall.data());
    events.context.read(rows, first, count, context.data());
    events.flags.read(rows, first, count, flags.data());
  }
  [[nodiscard]] RawKey key(std::size_t i) const {
    return {lock[i], stack[i], thread[i], syscall[i], context[i], flags[i]};
  }
  [[nodiscard]] FlatKey packed(std::size_t i) const {
    return {(std::uint64_t{lock[i]} << 32) | stack[i], (std::uint64_t{thread[i]} << 32) |
                                                           (std::uint64_t{syscall[i]} << 16) |
                                                           (std::uint64_t{context[i]} << 8) | flags[i]};
  }
};

// Ends of waits, which are deltas in the block.
class EndTimes {
 public:
  explicit EndTimes(const EventsView& events)
      : column_(events.end_delta_ns), rows_(events.rows), now_(events.base_ns) {}

  // False where they don't fit into 64 bits.
  bool read(std::size_t first, std::size_t count) {
    column_.read(rows_, first, count, at_.data());
    for (std::size_t i = 0; i < count; ++i) {
      if (__builtin_add_overflow(now_, at_[i], &now_)) return false;
      at_[i] = now_;
    }
    return true;
  }
  [[nodiscard]] std::uint64_t operator[](std::size_t i) const { return at_[i]; }

 private:
  const ColumnView& column_;
  std::size_t rows_;
  std::uint64_t now_;
  Chunk<std::uint64_t> at_{};
};

// So that nobody has to add them up to see that they fit: a million rows of four bytes are less than 2^52.
bool surely_fit(const EventsView& events) {
  constexpr std::uint32_t kFewBytes = 4;
  return events.end_delta_ns.width_bytes <= kFewBytes && events.end_delta_ns.constant <= UINT32_MAX &&
         events.base_ns <= UINT64_MAX / 2;
}

}  // namespace

Result<void> BlockSums::sum(const EventsView& events, const EventChoice& choice) {
  rows_.clear();
  cells_.clear();
  events_ = events.rows;
  contentions_ = wait_ns_ = 0;
  Result<void> done = events.check();
  if (done) done = number_rows(events, choice);
  if (done) done = order_waits(events);
  if (!done) {
    rows_.clear();
    return done;
  }
  std::size_t first = 0;
  for (BlockRow& row : rows_) {
    sum_row(row, first);
    first += row.events;
  }
  return {};
}

Result<void> BlockSums::number_rows(const EventsView& events, const EventChoice& choice) {
  index_.clear();
  row_of_.resize(events.rows);
  counts_.clear();
  const std::optional<TimeRange>& range = choice.range;
  const bool is_every_cpu = choice.cpus.is_all();
  Chunk<std::uint64_t> wait_ns{};
  Chunk<std::uint16_t> cpu{};
  KeyChunk keys{};
  EndTimes ends(events);
  const bool needs_ends = range.has_value() || !surely_fit(events);
  bool fits = true;
  for_chunks(events.rows, [&](std::size_t first, std::size_t count) {
    keys.read(events, first, count);
    fits = fits && (!needs_ends || ends.read(first, count));
    if (!fits) return;
    if (choice.min_wait_ns > 0) events.wait_ns.read(events.rows, first, count, wait_ns.data());
    if (!is_every_cpu) events.cpu.read(events.rows, first, count, cpu.data());
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_in_range = !range || (ends[i] >= range->begin_ns && ends[i] < range->end_ns);
      if (!is_in_range || wait_ns[i] < choice.min_wait_ns || !(is_every_cpu || choice.cpus.keeps(cpu[i]))) {
        row_of_[first + i] = kNotChosen;
        continue;
      }
      const std::uint32_t row = index_.find_or_add(keys.packed(i));
      if (row == rows_.size()) {
        rows_.emplace_back().key = keys.key(i);
        counts_.push_back(0);
      }
      ++counts_[row];
      row_of_[first + i] = row;
    }
  });
  if (!fits) return trace::malformed("end times overflow");
  return {};
}

Result<void> BlockSums::order_waits(const EventsView& events) {
  std::uint32_t sum = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    rows_[row].events = counts_[row];
    counts_[row] = std::exchange(sum, sum + counts_[row]);  // where the row's next wait goes
  }
  waits_.resize(sum);
  weights_.resize(is_all(events.weight, 1) ? 0 : sum);
  const bool has_errors = !is_all(events.error, 0);
  const bool has_samples = !is_all(events.stack_weight, 0);
  const bool has_delays = !is_all(events.run_delay_ns, 0);
  Chunk<std::uint64_t> wait_ns{}, stack_weight{}, run_delay_ns{};
  Chunk<std::uint32_t> weight{};
  Chunk<std::uint16_t> error{};
  bool fits = true, are_parts = true;
  for_chunks(events.rows, [&](std::size_t first, std::size_t count) {
    events.wait_ns.read(events.rows, first, count, wait_ns.data());
    events.weight.read(events.rows, first, count, weight.data());
    if (has_errors) events.error.read(events.rows, first, count, error.data());
    if (has_samples) events.stack_weight.read(events.rows, first, count, stack_weight.data());
    if (has_delays) events.run_delay_ns.read(events.rows, first, count, run_delay_ns.data());
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t weighted_ns = 0;
      fits = fits && !__builtin_mul_overflow(wait_ns[i], std::uint64_t{weight[i]}, &weighted_ns) &&
             !__builtin_add_overflow(wait_ns_, weighted_ns, &wait_ns_);
      contentions_ += weight[i];  // a million of 32 bits fit
      const std::uint32_t row = row_of_[first + i];
      if (row == kNotChosen) continue;
      const std::uint32_t place = counts_[row]++;
      waits_[place] = wait_ns[i];
      if (!weights_.empty()) weights_[place] = weight[i];
      if (has_errors && error[i] != 0) rows_[row].sums.gave_up += weight[i];
      // A part of the wait, so that its sum fits where that of waits does.
      are_parts = are_parts && (!has_delays || run_delay_ns[i] <= wait_ns[i]);
      if (has_delays) rows_[row].sums.run_delay_ns += run_delay_ns[i] * std::uint64_t{weight[i]};
      if (has_samples && stack_weight[i] != 0) rows_[row].sample.add(sample_of(wait_ns[i], stack_weight[i]));
    }
  });
  if (!are_parts) return trace::malformed("longer without a CPU than the wait");
  if (!fits) return trace::malformed("their sums are too large");
  return {};
}

void BlockSums::sum_row(BlockRow& row, std::size_t first) {
  const auto weight_of = [&](std::size_t i) { return weights_.empty() ? std::uint64_t{1} : weights_[i]; };
  WaitSums& sums = row.sums;
  row.first_cell = cells_.size();
  const std::size_t end = first + row.events;
  if (trace::is_untimed(row.key.flags)) {
    for (std::size_t i = first; i < end; ++i) sums.contentions += weight_of(i);
    sums.untimed = sums.contentions;
    sums.run_delay_ns = 0;
    return;
  }
  UsedBuckets used;
  for (std::size_t i = first; i < end; ++i) {
    const std::uint64_t wait_ns = waits_[i], weight = weight_of(i);
    sums.contentions += weight;
    sums.wait_ns += wait_ns * weight;
    sums.wait_min_ns = std::min(sums.wait_min_ns, wait_ns);
    sums.wait_max_ns = std::max(sums.wait_max_ns, wait_ns);
    const unsigned bucket = socklock_wait_bucket(wait_ns);
    used.add(bucket);
    bucket_counts_[bucket] += weight;
  }
  used.visit([this](std::uint32_t bucket) { cells_.push_back({bucket, std::exchange(bucket_counts_[bucket], 0)}); });
  row.cell_count = cells_.size() - row.first_cell;
}

}  // namespace socklock::analyzer
