// SPDX-License-Identifier: GPL-2.0-or-later
// What single waits for one lock say of its holds and of how often it is taken, where neither was measured
// (capability level 1).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/whatif/closed_queue.h"

namespace socklock::analyzer {

struct SingleWait {
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;  // it has the lock
  std::uint32_t thread = 0;
};

struct SingleWaits {
  // From one waiter's getting the lock to the next one's, where that one waited already: a hold, and what it takes to
  // hand over, ns.
  std::vector<double> hand_offs_ns;
  double first_wait_ns = 0;       // mean of waits that found nobody waiting: what was left of a hold
  std::uint64_t first_waits = 0;  // how many those are
  std::uint64_t waits = 0;
  double wait_ns = 0;  // of all
  unsigned threads = 0;

  void add(const SingleWaits& other);
};

// `waits` of one lock in one run, in order of their end.
SingleWaits single_waits(const std::vector<SingleWait>& waits);

inline constexpr std::uint64_t kMinWaits = 100;
inline constexpr std::size_t kMinHandOffs = 30;

// The queue whose mean wait of a waiter is the measured one, by bisection of the think time; nothing where no think
// time gives it: nobody ever queues behind a waiter, or there are more waiters than `customers` can be.
std::optional<ClosedQueue> fit_single_waits(const SingleWaits& waits, unsigned customers);

}  // namespace socklock::analyzer
