// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/summary_rollup.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/wait_buckets.h"

namespace socklock::collector {
namespace {

constexpr std::uint32_t kNoRow = UINT32_MAX;
constexpr std::size_t kFirstPlaces = 256;
// So few are sorted sooner than all buckets are looked at.
constexpr std::size_t kFewCells = 24;

using Cell = RollupRow::Cell;

// Makes one of cells of the same bucket and puts them into the buckets' order, at the begin; how many that are.
std::size_t merge_few(std::span<Cell> cells) {
  std::size_t merged = 0;
  for (const Cell cell : cells) {
    std::size_t at = merged;
    while (at > 0 && cells[at - 1].bucket > cell.bucket) --at;
    if (at > 0 && cells[at - 1].bucket == cell.bucket) {
      cells[at - 1].count += cell.count;
      continue;
    }
    std::copy_backward(cells.begin() + static_cast<std::ptrdiff_t>(at),
                       cells.begin() + static_cast<std::ptrdiff_t>(merged),
                       cells.begin() + static_cast<std::ptrdiff_t>(merged + 1));
    cells[at] = cell;
    ++merged;
  }
  return merged;
}

std::size_t merge_many(std::span<Cell> cells) {
  std::array<std::uint32_t, std::size_t{1} << SOCKLOCK_CELL_BUCKET_BITS> counts{};
  for (const Cell cell : cells) counts[cell.bucket] += cell.count;
  std::size_t merged = 0;
  for (std::uint32_t bucket = 0; bucket < counts.size(); ++bucket)
    if (counts[bucket] != 0) cells[merged++] = {bucket, counts[bucket]};
  return merged;
}

}  // namespace

template <typename Waits>
Rollup::Words Rollup::words_of(const Waits& waits) {
  const auto key = std::bit_cast<std::array<std::uint64_t, 2>>(waits.key);
  return {key[0], key[1], waits.socket};
}

std::size_t Rollup::hash_of(const Words& key) {
  const std::uint64_t mixed = (key.lock ^ key.rest * 0x9e37'79b9'7f4a'7c15ULL ^ key.socket * 0xc2b2'ae3d'27d4'eb4fULL) *
                              0xff51'afd7'ed55'8ccdULL;
  return mixed >> 32;
}

template <typename Waits>
std::uint32_t Rollup::row_of(const Waits& waits) {
  const Words key = words_of(waits);
  const std::size_t mask = places_.size() - 1;
  std::size_t at = hash_of(key) & mask;
  for (; places_[at] != 0; at = (at + 1) & mask)
    if (words_of(rows_[places_[at] - 1].sums) == key) return places_[at] - 1;
  RollupRow& row = rows_.emplace_back();
  row.sums.key = waits.key;
  row.sums.socket = waits.socket;
  row.sums.wait_min_ns = UINT64_MAX;
  places_[at] = static_cast<std::uint32_t>(rows_.size());
  const auto number = static_cast<std::uint32_t>(rows_.size() - 1);
  if (2 * rows_.size() > places_.size()) make_room();
  return number;
}

void Rollup::make_room() {
  places_.assign(2 * places_.size(), 0);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    std::size_t at = hash_of(words_of(rows_[i].sums)) & mask;
    while (places_[at] != 0) at = (at + 1) & mask;
    places_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::uint32_t Rollup::add(const socklock_summary_slot& slot) {
  const std::uint32_t row = row_of(slot);
  auto& sums = rows_[row].sums;
  sums.contentions += slot.contentions;
  sums.gave_up += slot.gave_up;
  sums.wait_ns += slot.wait_ns;
  sums.sampled += slot.sampled;
  sums.stack_weight += slot.stack_weight;
  sums.weighted_wait_ns += slot.weighted_wait_ns;
  sums.run_delay_ns += slot.run_delay_ns;
  sums.wait_min_ns = std::min(sums.wait_min_ns, slot.wait_min_ns);
  sums.wait_max_ns = std::max(sums.wait_max_ns, slot.wait_max_ns);
  return row;
}

// One wait.
std::uint32_t Rollup::add(const socklock_event& event) {
  const std::uint32_t row = row_of(event);
  rows_[row].has_owners |= event.holder.searched == SOCKLOCK_OWNER_SEARCHED;
  auto& sums = rows_[row].sums;
  sums.contentions += 1;
  sums.gave_up += event.error != 0 ? 1 : 0;
  sums.wait_ns += event.wait_ns;
  sums.sampled += event.stack_weight != 0 ? 1 : 0;
  sums.stack_weight += event.stack_weight;
  sums.weighted_wait_ns += event.stack_weight * event.wait_ns;
  sums.run_delay_ns += event.run_delay_ns;
  sums.wait_min_ns = std::min(sums.wait_min_ns, event.wait_ns);
  sums.wait_max_ns = std::max(sums.wait_max_ns, event.wait_ns);
  return row;
}

void Rollup::take_section(SharedTables& tables, std::size_t section) {
  const std::size_t slots_in_section = (std::size_t{1} << tables.sizes.summary_bits) + SOCKLOCK_SPILL_SLOTS;
  const std::size_t cells_in_section = std::size_t{1} << tables.sizes.cell_bits;
  const auto slots = tables.summary.part(section * slots_in_section, slots_in_section);
  row_of_slot_.assign(slots.size(), kNoRow);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].contentions == 0) continue;
    row_of_slot_[i] = add(slots[i]);
    slots[i] = {};
  }
  for (auto& cell : tables.cells.part(section * cells_in_section, cells_in_section)) {
    if (cell.key == 0) continue;
    const std::uint32_t key = cell.key - 1;
    const std::size_t slot = key >> SOCKLOCK_CELL_BUCKET_BITS;
    if (slot < row_of_slot_.size() && row_of_slot_[slot] != kNoRow)
      parts_.push_back({row_of_slot_[slot], {key & ((1U << SOCKLOCK_CELL_BUCKET_BITS) - 1), cell.count}});
    cell = {};
  }
}

void Rollup::roll_up(SharedTables& tables, std::uint32_t half, std::span<const socklock_event> events) {
  rows_.clear();
  parts_.clear();
  places_.assign(std::max(places_.size(), kFirstPlaces), 0);
  for (std::uint32_t cpu = 0; cpu < tables.sizes.cpus; ++cpu)
    // Mostly there is nothing, and tables are large.
    if (std::exchange(tables.cpus[cpu].has_sums[half], 0) != 0)
      take_section(tables, std::size_t{half} * tables.sizes.cpus + cpu);
  row_of_event_.resize(events.size());
  bucket_of_event_.resize(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    row_of_event_[i] = add(events[i]);
    bucket_of_event_[i] = static_cast<std::uint16_t>(socklock_wait_bucket(events[i].wait_ns));
  }
  fill_cells();
}

// By row first, and then each row's by bucket.
void Rollup::fill_cells() {
  begins_.assign(rows_.size(), 0);
  for (const auto& part : parts_) ++begins_[part.row];
  for (const std::uint32_t row : row_of_event_) ++begins_[row];
  std::uint32_t end = 0;
  for (auto& begin : begins_) end += std::exchange(begin, end);
  cells_.resize(end);
  for (const auto& part : parts_) cells_[begins_[part.row]++] = part.cell;
  for (std::size_t i = 0; i < row_of_event_.size(); ++i) cells_[begins_[row_of_event_[i]]++] = {bucket_of_event_[i], 1};
  std::size_t begin = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    // Behind its last by now.
    const std::span<Cell> cells = std::span(cells_).subspan(begin, begins_[i] - begin);
    rows_[i].cells = cells.first(cells.size() <= kFewCells ? merge_few(cells) : merge_many(cells));
    begin = begins_[i];
  }
}

}  // namespace socklock::collector
