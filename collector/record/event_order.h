// SPDX-License-Identifier: GPL-2.0-or-later
// Events by when they ended, without moving them, which are large.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "collector/bpf/wire.h"

namespace socklock::collector {

// Of one interval after the other, whose memory it uses again.
class EventOrder {
 public:
  struct Ended {
    std::uint64_t end_ns;
    std::uint32_t event;  // its place
    auto operator<=>(const Ended&) const = default;
  };

  // Quick where `events` consist of few stretches that are in order already: what was drained at once of a CPU's ring
  // is one, but for waits that interrupts ended meanwhile.
  void sort(std::span<const socklock_event> events);
  [[nodiscard]] std::span<const Ended> by_end() const { return ended_; }

 private:
  void merge_pairs();

  std::vector<Ended> ended_;
  std::vector<Ended> merged_;
  std::vector<std::size_t> ends_;  // of stretches
};

}  // namespace socklock::collector
