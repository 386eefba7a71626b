// SPDX-License-Identifier: GPL-2.0-or-later
// The exact sums of an interval: of its events, and of the waits without one, which the kernel's tables have.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collector/probe/shared_tables.h"

namespace socklock::collector {

// One key's sums over all CPUs. Lock and stack are still the kernel's: address and slot.
struct RollupRow {
  struct Cell {
    std::uint32_t bucket;
    std::uint32_t count;
  };
  socklock_summary_slot sums;
  std::span<const Cell> cells;  // of wait buckets, in their order; the rollup's
  bool has_owners = false;      // of events some know who owned the lock
};

// Of one interval after the other, whose memory it uses again.
class Rollup {
 public:
  // Reads half `half`, which no program writes any more, and empties it for its next turn. `events` are all of it.
  void roll_up(SharedTables& tables, std::uint32_t half, std::span<const socklock_event> events);

  // Until the next roll_up().
  [[nodiscard]] const std::vector<RollupRow>& rows() const { return rows_; }
  // In which row each of the events is.
  [[nodiscard]] std::span<const std::uint32_t> row_of_event() const { return row_of_event_; }

 private:
  // Waits of one row and bucket, which have no event.
  struct Part {
    std::uint32_t row;
    RollupRow::Cell cell;
  };
  // A key as words: it has no padding (wire.h); and the socket.
  struct Words {
    std::uint64_t lock, rest, socket;
    bool operator==(const Words&) const = default;
  };
  template <typename Waits>
  static Words words_of(const Waits& waits);
  static std::size_t hash_of(const Words& key);
  // The row of a key, without waits where it is new.
  template <typename Waits>
  std::uint32_t row_of(const Waits& waits);
  void make_room();
  std::uint32_t add(const socklock_summary_slot& slot);
  std::uint32_t add(const socklock_event& event);
  void take_section(SharedTables& tables, std::size_t section);
  void fill_cells();

  std::vector<RollupRow> rows_;
  std::vector<std::uint32_t> row_of_event_;
  std::vector<std::uint16_t> bucket_of_event_;
  std::vector<std::uint32_t> places_;  // by hash: a row and 1; 0: none
  std::vector<Part> parts_;
  std::vector<std::uint32_t> row_of_slot_;  // of the section that is read
  std::vector<std::uint32_t> begins_;       // of rows in `cells_`
  std::vector<RollupRow::Cell> cells_;
};

}  // namespace socklock::collector
