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

// Connections closed since a recording began, `opened` of which the kernel has no counter. Never less than `before`:
// numbers that are read one after the other may be a moment apart.
std::uint64_t connections_closed(const NamespaceTotals::Counts& counts, std::uint64_t opened, std::uint64_t before);

}  // namespace socklock::collector
