// SPDX-License-Identifier: GPL-2.0-or-later
// What namespaces that come and go have counted since a moment, as one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>

#include "collector/bpf/wire.h"

namespace socklock::collector {

class NamespaceTotals {
 public:
  using Counts = std::array<std::uint64_t, SOCKLOCK_MIBS>;

  // What these have counted up to now is no part of the totals. `own_cookie`: of the recorder's namespace.
  void begin(std::span<const socklock_namespace> now, std::uint64_t own_cookie);
  // All namespaces that there are, and those that ended since the last time, as they were then. One that is in
  // neither, but was there before, is counted as vanished: what it did since the last time is in no total.
  // Without `is_whole` some there are may be missing in `now`.
  void add(std::span<const socklock_namespace> now, std::span<const socklock_namespace> ended, bool is_whole);

  [[nodiscard]] const Counts& all() const { return all_; }
  [[nodiscard]] const Counts& own() const { return own_; }
  [[nodiscard]] std::uint64_t vanished() const { return vanished_; }

 private:
  struct Seen {
    Counts counts{};
    bool is_there = false;
    bool has_ended = false;
  };
  void add(const socklock_namespace& row, bool has_ended);
  void forget_gone();

  std::uint64_t own_cookie_ = 0;
  std::map<std::uint64_t, Seen> seen_;  // by cookie
  Counts all_{};
  Counts own_{};
  std::uint64_t vanished_ = 0;
};

// Connections as counted work (docs/recording.md), of one or more namespaces since a recording began.
struct ConnectionCounts {
  std::uint64_t opened = 0;
  std::uint64_t accepted = 0;
  std::uint64_t closed = 0;
};

// An attempt that failed is taken off when the kernel says so, which may be after it was counted: totals of a
// recording never fall (`before`).
ConnectionCounts connections_of(const NamespaceTotals::Counts& counts, const ConnectionCounts& before);

}  // namespace socklock::collector
