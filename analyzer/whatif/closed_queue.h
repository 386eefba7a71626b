// SPDX-License-Identifier: GPL-2.0-or-later
// The model behind what-if: the same customers come back to one or several locks, the time between two visits being
// what they do elsewhere (a closed queue, the "machine repairman"; Menascé 2002 of software servers, Aksenov, Alistarh
// and Kuznetsov 2018 of locks). An open queue, whose customers never end, is wrong where a few threads wait for each
// other. Plain numbers: where they come from is fit.h's.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/whatif/hold_times.h"

namespace socklock::analyzer {

enum class Order : std::uint8_t {
  kFifo,        // spinlocks, mutexes, rwsems: in the order in which they came
  kFreeForAll,  // owners of sockets: whoever comes while the one that was woken is on its way takes it (__lock_sock)
};

// Visits that are alike: those of one call path.
struct QueuePart {
  double share = 0;  // of all visits
  HoldTimes holds{};
  double keep = 1;         // share of its visits that still take the lock
  double hold_factor = 1;  // of each hold
};

struct ClosedQueue {
  unsigned customers = 1;
  double think_ns = 0;  // mean from the end of a hold to the next visit, exponential
  unsigned locks = 1;   // used at random and evenly
  Order order = Order::kFifo;
  double wake_ns = 0;  // from getting the lock, or being woken for it, to running
  // Paravirtual spinlocks and sleeping locks report every waiter, native spinlocks from the second one on.
  bool sees_first_waiter = true;
  // What was done under the lock in a visit that no longer takes it is still done, else it vanishes with the lock.
  bool spends_skipped_holds = true;
  std::vector<QueuePart> parts{};
};

struct PartResult {
  std::uint64_t visits = 0;
  std::uint64_t waits = 0;  // that would be reported
  double wait_ns = 0;       // of those
};

struct QueueResult {
  std::vector<PartResult> parts;  // as in the queue
  double elapsed_ns = 0;
  [[nodiscard]] PartResult all() const;
  // Of a visit, ns; 0 without visits.
  [[nodiscard]] double mean_wait_ns() const;
  [[nodiscard]] double waits_per_visit() const;
};

// `visits` of the steady state, with a tenth as many before that are not counted. The same seed gives the same result;
// of two queues with as many customers, each customer meets the same random numbers, so that their quotient is steadier
// than either.
QueueResult simulate(const ClosedQueue& queue, std::uint64_t visits, std::uint64_t seed);

// The recursion over the number of customers (mean value analysis; Reiser and Lavenberg 1980, with the residual hold
// time of whoever is met): an approximation, exact for exponential holds and one lock, and the oracle of the
// simulation. Orders and wake-ups it does not know.
struct MeanValue {
  double wait_ns = 0;        // of a visit
  double visits_per_ns = 0;  // of all customers
  double finds_held = 0;     // share of visits that find the lock held
};
struct MeanValueInput {
  unsigned customers = 1;
  double think_ns = 0, hold_ns = 0, residual_ns = 0;
  unsigned locks = 1;
};
MeanValue mean_value(const MeanValueInput& input);

}  // namespace socklock::analyzer
