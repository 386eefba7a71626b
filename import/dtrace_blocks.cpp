// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/dtrace_blocks.h"

#include <algorithm>

#include "base/wait_buckets.h"
#include "import/aggregate_row.h"
#include "proto/rows.h"

namespace socklock::imports {

void DtraceBlocks::add(const Place& place, const DtraceWaits& waits) {
  Sums& sums = block_.sums[place];
  sums.contentions += waits.contentions;
  sums.wait_ns += waits.wait_ns;
  sums.max_ns = std::max(sums.max_ns, waits.max_ns);
  if (waits.contentions == 0) return;
  sums.min_ns = std::min(sums.min_ns, waits.min_ns);
  sums.cells[static_cast<std::uint16_t>(socklock_wait_bucket(waits.wait_ns / waits.contentions))] += waits.contentions;
}

void DtraceBlocks::add_untimed(const Place& place, std::uint64_t contentions) {
  if (contentions > 0) block_.sums[place].contentions += contentions;
}

// The block fired just before the spin: it is in this block or in the one before, and has the same lock.
DtraceBlocks::Sums* DtraceBlocks::contention_for(const Place& place) {
  for (const bool same_stack : {true, false})
    for (Block* block : {&block_, &previous_})
      for (auto& [other, sums] : block->sums)
        if (sums.contentions > 0 && other.lock == place.lock && other.flags == place.flags &&
            (!same_stack || other.stack == place.stack))
          return &sums;
  return nullptr;
}

void DtraceBlocks::give_spins_to_their_contentions() {
  for (auto entry = block_.sums.begin(); entry != block_.sums.end();) {
    Sums& spins = entry->second;
    if (spins.contentions > 0) {
      ++entry;
      continue;
    }
    if (Sums* const owner = contention_for(entry->first)) {
      owner->wait_ns += spins.wait_ns;
      owner->max_ns = std::max(owner->max_ns, spins.max_ns);
      entry = block_.sums.erase(entry);
      continue;
    }
    // The line of its block is missing: it was one contention.
    spins.contentions = 1;
    spins.min_ns = spins.max_ns = spins.wait_ns;
    spins.cells[static_cast<std::uint16_t>(socklock_wait_bucket(spins.wait_ns))] = 1;
    ++entry;
  }
}

// In as many rows as it takes: a row counts with 32 bits.
void DtraceBlocks::write_row(const Place& place, const Sums& sums) {
  Sums rest = sums;
  while (rest.contentions > 0) {
    const std::uint64_t part = std::min<std::uint64_t>(rest.contentions, UINT32_MAX);
    const std::uint64_t part_ns = part == rest.contentions ? rest.wait_ns : rest.wait_ns / rest.contentions * part;
    trace::SummaryRow row;
    if (!trace::is_untimed(place.flags))
      row = aggregate_row(static_cast<std::uint32_t>(part), part_ns, sums.min_ns, sums.max_ns);
    row.contentions = static_cast<std::uint32_t>(part);
    row.lock = place.lock;
    row.stack = place.stack;
    row.flags = place.flags;
    row.context = trace::v1::CONTEXT_TASK;
    std::uint64_t room = part;
    for (auto& [bucket, count] : rest.cells) {
      const std::uint64_t taken = std::min(count, room);
      if (taken > 0) row.cells.push_back({bucket, static_cast<std::uint32_t>(taken)});
      count -= taken;
      room -= taken;
    }
    builder_.add(std::move(row));
    rest.contentions -= part;
    rest.wait_ns -= part_ns;
  }
}

Result<void> DtraceBlocks::write_previous(std::uint64_t lost) {
  if (previous_.end_ns <= previous_.begin_ns) return {};
  for (const auto& [place, sums] : previous_.sums) write_row(place, sums);
  for (const auto& [wait, weight] : previous_.samples) builder_.add_sample(wait, weight);
  for (const Calls& calls : previous_.calls)
    builder_.add_calls(calls.function, calls.syscall, calls.context, calls.count);
  for (const auto& [counter, value] : previous_.work) builder_.add_work(counter, value);
  if (lost > 0) builder_.count_lost(trace::LossReason::kImportLost, lost);
  return builder_.cut(previous_.begin_ns, previous_.end_ns);
}

Result<void> DtraceBlocks::end_block(std::uint64_t end_ns) {
  block_.end_ns = end_ns;
  give_spins_to_their_contentions();
  for (const auto& [place, sums] : block_.sums) contentions_ += sums.contentions;
  singles_ += block_.samples.size();
  SOCKLOCK_TRY(write_previous(0));
  previous_ = std::exchange(block_, {});
  block_.begin_ns = end_ns;
  return {};
}

std::uint64_t DtraceBlocks::singles_beyond_sums(std::uint64_t lost) const {
  const std::uint64_t counted = contentions_ + lost < lost ? UINT64_MAX : contentions_ + lost;
  return singles_ > counted ? singles_ - counted : 0;
}

Result<void> DtraceBlocks::finish(std::uint64_t lost) {
  if (previous_.end_ns == previous_.begin_ns && lost > 0) SOCKLOCK_TRY(end_block(block_.begin_ns + 1));
  return write_previous(lost);
}

}  // namespace socklock::imports
