// SPDX-License-Identifier: GPL-2.0-or-later
// Whether operations have to be counted one by one, by programs that run at each, to know what the host does.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/probe/namespace_totals.h"

namespace socklock::collector {

// Counted up to a moment.
struct WorkSoFar {
  std::uint64_t at_ns = 0;
  std::uint64_t operations = 0;
  std::optional<std::uint64_t> packets;  // segments and datagrams, received and sent; none: nobody asked
};

std::uint64_t packets_of(const NamespaceTotals::Counts& counts);

// So many that counting them costs something.
bool are_many_operations(const WorkSoFar& before, const WorkSoFar& now);
// They are, and TCP or UDP carries them, so that the kernel's counters tell the work as well.
bool is_told_by_kernel(const WorkSoFar& before, const WorkSoFar& now);

}  // namespace socklock::collector
