// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/summary_rollup.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>
#include <utility>

#include "base/wait_buckets.h"

namespace socklock::collector {
namespace {

// A key as two words, since it has no padding (wire.h), and the socket.
struct Words {
  std::uint64_t lock, rest, socket;
  bool operator==(const Words&) const = default;
};

Words words_of(const socklock_summary_slot& slot) {
  const auto key = std::bit_cast<std::array<std::uint64_t, 2>>(slot.key);
  return {key[0], key[1], slot.socket};
}

struct HashWords {
  std::size_t operator()(const Words& key) const noexcept {
    return (key.lock ^ key.rest * 0x9e37'79b9'7f4a'7c15ULL ^ key.socket * 0xc2b2'ae3d'27d4'eb4fULL) *
               0xff51'afd7'ed55'8ccdULL >>
           7;
  }
};

// Sums of one wait.
socklock_summary_slot sums_of(const socklock_event& event) {
  socklock_summary_slot sums{};
  sums.key = event.key;
  sums.socket = event.socket;
  sums.contentions = 1;
  sums.gave_up = event.error != 0 ? 1 : 0;
  sums.wait_ns = sums.wait_min_ns = sums.wait_max_ns = event.wait_ns;
  sums.sampled = event.stack_weight != 0 ? 1 : 0;
  sums.stack_weight = event.stack_weight;
  sums.weighted_wait_ns = event.stack_weight * event.wait_ns;
  sums.run_delay_ns = event.run_delay_ns;
  return sums;
}

// Common waits come early, and so are found early.
void add_to_cell(std::vector<RollupRow::Cell>& cells, std::uint32_t bucket, std::uint32_t count) {
  const auto found =
      std::find_if(cells.begin(), cells.end(), [bucket](const auto& cell) { return cell.bucket == bucket; });
  if (found == cells.end())
    cells.push_back({bucket, count});
  else
    found->count += count;
}

class Merger {
 public:
  std::size_t add(const socklock_summary_slot& slot) {
    const auto [entry, is_new] = index_.try_emplace(words_of(slot), rows_.size());
    if (is_new) {
      rows_.push_back({slot, {}});
      return entry->second;
    }
    auto& sums = rows_[entry->second].sums;
    sums.contentions += slot.contentions;
    sums.gave_up += slot.gave_up;
    sums.wait_ns += slot.wait_ns;
    sums.sampled += slot.sampled;
    sums.stack_weight += slot.stack_weight;
    sums.weighted_wait_ns += slot.weighted_wait_ns;
    sums.run_delay_ns += slot.run_delay_ns;
    sums.wait_min_ns = std::min(sums.wait_min_ns, slot.wait_min_ns);
    sums.wait_max_ns = std::max(sums.wait_max_ns, slot.wait_max_ns);
    return entry->second;
  }
  RollupRow& row(std::size_t i) { return rows_[i]; }
  std::vector<RollupRow> take() {
    for (auto& row : rows_)
      std::sort(row.cells.begin(), row.cells.end(), [](const auto& a, const auto& b) { return a.bucket < b.bucket; });
    return std::move(rows_);
  }

 private:
  std::unordered_map<Words, std::size_t, HashWords> index_;
  std::vector<RollupRow> rows_;
};

constexpr std::size_t kNoRow = SIZE_MAX;

}  // namespace

std::vector<RollupRow> roll_up(SharedTables& tables, std::uint32_t half, std::span<const socklock_event> events) {
  const auto& sizes = tables.sizes;
  const std::size_t slots_in_section = (std::size_t{1} << sizes.summary_bits) + SOCKLOCK_SPILL_SLOTS;
  const std::size_t cells_in_section = std::size_t{1} << sizes.cell_bits;
  Merger merger;
  std::vector<std::size_t> row_of_slot;
  for (std::uint32_t cpu = 0; cpu < sizes.cpus; ++cpu) {
    // Mostly there is nothing, and tables are large.
    if (std::exchange(tables.cpus[cpu].has_sums[half], 0) == 0) continue;
    const std::size_t section = std::size_t{half} * sizes.cpus + cpu;
    const auto slots = tables.summary.part(section * slots_in_section, slots_in_section);
    row_of_slot.assign(slots.size(), kNoRow);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i].contentions == 0) continue;
      row_of_slot[i] = merger.add(slots[i]);
      slots[i] = {};
    }
    for (auto& cell : tables.cells.part(section * cells_in_section, cells_in_section)) {
      if (cell.key == 0) continue;
      const std::uint32_t key = cell.key - 1;
      const std::size_t slot = key >> SOCKLOCK_CELL_BUCKET_BITS;
      if (slot < row_of_slot.size() && row_of_slot[slot] != kNoRow)
        add_to_cell(merger.row(row_of_slot[slot]).cells, key & ((1U << SOCKLOCK_CELL_BUCKET_BITS) - 1), cell.count);
      cell = {};
    }
  }
  for (const auto& event : events)
    add_to_cell(merger.row(merger.add(sums_of(event))).cells, socklock_wait_bucket(event.wait_ns), 1);
  return merger.take();
}

}  // namespace socklock::collector
