// SPDX-License-Identifier: GPL-2.0-or-later
// What the waits of a run that have a call stack say about those that have none.
//
// The recorder gives a stack to the first few waits of each kind of wait (system call, context, kind of lock), which
// stand for nothing but themselves, and then to one in some by chance, which stand for as many others. Waits are cut
// into strata by all that is known without a stack: the kind of lock, system call, context, kind of waiting. The
// number of waits without a stack is exactly known in each. Where a stratum has chance samples, its waits go by their
// shares. Where it has none, by those of wider pools, the closest first, and there by what is left of the samples'
// weights after each stratum with samples was given its own: weights in a pool add up to the pool's waits
// without a stack, so what is left estimates those of strata without samples (the reasoning is that of
// post-stratification with collapsed strata: W. G. Cochran, Sampling Techniques, 5A.9 to 5A.12). Raw shares
// would file rare locks, whose strata have no samples, under frequent ones, whose strata have many.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "analyzer/label/attribute_stacks.h"

namespace socklock::analyzer {

// In what waits are alike, the closest first.
enum class Likeness : std::uint8_t { kLockAndCall, kLock, kLockAnywhere, kCall, kKernelStack };

// Waits that are alike in this way; fields that it does not name are 0.
using PoolKey = std::tuple<Likeness, std::uint32_t, std::uint16_t, std::uint8_t, std::uint8_t>;

// Waits with a stack that share all labels, and one stack of theirs.
struct SampledGroup {
  WaitLabels labels;
  WaitKey key;
  bool as_called = false;  // the path is what their system call says
  double first = 0;        // waits that stand for themselves only
  double weight = 0;       // sum over chance samples of how many others each stands for
  double weight_squares = 0;
  double wait = 0;  // the same, times their waits
  double wait_squares = 0;
  double left = 0;  // of `weight`, what strata with samples did not use
  double left_wait = 0;
  [[nodiscard]] double samples() const { return weight_squares > 0 ? weight * weight / weight_squares : 0; }
};

struct Pool {
  std::vector<SampledGroup> groups;
  double unsampled = 0;  // waits without a stack, and their wait
  double unsampled_wait_ns = 0;
  [[nodiscard]] double weight() const;
  [[nodiscard]] double wait() const;
  [[nodiscard]] double first() const;
};

class StackEvidence {
 public:
  StackEvidence(const Run& run, const RowNaming& naming);

  [[nodiscard]] PoolKey key_of(const WaitKey& key, Likeness likeness) const;
  // Nothing where the run has no such waits with a stack or without. Of a lock whose class is clear, waits of all locks
  // are like by call; one that no fact names is none of those that facts name.
  [[nodiscard]] const Pool* find(const WaitKey& key, Likeness likeness) const;

 private:
  [[nodiscard]] PoolKey key_of(const WaitKey& key, Likeness likeness, bool any_lock) const;
  [[nodiscard]] std::vector<PoolKey> pools_of(const WaitKey& key) const;
  void add_sampled(std::size_t row);
  void add_unsampled(std::size_t row);
  void leave_what_strata_use();

  const Run& run_;
  const RowNaming& naming_;
  std::map<PoolKey, Pool> pools_;
};

}  // namespace socklock::analyzer
