// SPDX-License-Identifier: GPL-2.0-or-later
// A world with threads, CPUs and a lock, in which changes can really be made: the truth that estimates of what-if are
// judged by. It shares no code with the model, and knows what the model does not: CPUs are few, slices end, whoever is
// preempted in a hold makes others wait, whoever was woken waits for a CPU.
#pragma once

#include <cstdint>
#include <vector>

namespace socklock::testing {

enum class WorldLock : std::uint8_t {
  kSpin,   // waiters burn their CPU; neither they nor the holder are preempted
  kMutex,  // waiters sleep; the lock goes to the first of them
  kOwner,  // waiters sleep; the first is woken, and whoever is quicker has it
};

enum class HoldShape : std::uint8_t { kEven, kExponential, kHeavyTail };  // the last: coefficient of variation 3

struct WorldPath {
  double share = 1;       // of visits
  double hold_ns = 1000;  // mean, of CPU time
  double keep = 1;        // share of visits that take the lock
};

struct World {
  unsigned threads = 8;
  unsigned cpus = 0;  // 0: each thread has its own
  double slice_ns = 3e6;
  double wake_ns = 0;  // from being woken to being runnable
  WorldLock lock = WorldLock::kSpin;
  unsigned locks = 1;
  double uneven = 0;  // exponent of Zipf's law of their use
  HoldShape shape = HoldShape::kExponential;
  double think_ns = 10'000;    // mean between visits, of CPU time
  bool bursty = false;         // thinks short five times of six, and long then
  bool one_lock_each = false;  // thread i takes lock i, whatever `locks` is
  std::vector<WorldPath> paths{WorldPath{}};
  std::uint64_t visits = 100'000;
  std::uint64_t seed = 1;
};

struct WorldVisit {
  unsigned path = 0;
  unsigned thread = 0;
  unsigned lock = 0;
  bool took = true;
  bool waited = false;
  bool is_first_waiter = false;  // nobody else waited when it came
  std::uint64_t came_ns = 0, got_ns = 0;
  double hold_ns = 0;       // wall
  double hold_cpu_ns = 0;   // of that, on a CPU
  double run_delay_ns = 0;  // of the wait: woken and not running
};

struct WorldHistory {
  std::vector<WorldVisit> visits;  // in the order in which they got the lock
  double elapsed_ns = 0;
  double busy_ns = 0;      // of CPUs; where each thread has its own: while it does not sleep
  double pressure_ns = 0;  // while somebody waited for a CPU
  [[nodiscard]] double wait_per_visit() const;
  [[nodiscard]] double wait_per_visit(unsigned path) const;  // of all visits, whatever their path
  [[nodiscard]] double waits_per_visit() const;
};

// What happened after a tenth of the visits.
WorldHistory live(const World& world);

}  // namespace socklock::testing
