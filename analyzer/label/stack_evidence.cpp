// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/stack_evidence.h"

#include <algorithm>
#include <array>

#include "analyzer/load/run.h"

namespace socklock::analyzer {
namespace {

constexpr std::array kLikenesses{Likeness::kLockAndCall, Likeness::kLock, Likeness::kLockAnywhere, Likeness::kCall,
                                 Likeness::kKernelStack};

double sum_of(const std::vector<SampledGroup>& groups, double SampledGroup::*value) {
  double sum = 0;
  for (const SampledGroup& group : groups) sum += group.*value;
  return sum;
}

SampledGroup& group_of(Pool& pool, const WaitLabels& labels, bool as_called, const WaitKey& key) {
  const auto found = std::find_if(pool.groups.begin(), pool.groups.end(), [&](const SampledGroup& group) {
    return group.labels == labels && group.as_called == as_called;
  });
  if (found != pool.groups.end()) return *found;
  SampledGroup& group = pool.groups.emplace_back();
  group.labels = labels;
  group.key = key;
  group.as_called = as_called;
  return group;
}

}  // namespace

double Pool::weight() const { return sum_of(groups, &SampledGroup::weight); }
double Pool::wait() const { return sum_of(groups, &SampledGroup::wait); }
double Pool::first() const { return sum_of(groups, &SampledGroup::first); }

StackEvidence::StackEvidence(const Run& run, const RowNaming& naming) : run_(run), naming_(naming) {
  for (std::size_t row = 0; row < run.waits.size(); ++row)
    if (run.waits.keys[row].stack != kNoStack)
      add_sampled(row);
    else
      add_unsampled(row);
  leave_what_strata_use();
}

PoolKey StackEvidence::key_of(const WaitKey& key, Likeness likeness) const {
  return key_of(key, likeness, naming_.class_is_clear(key));
}

PoolKey StackEvidence::key_of(const WaitKey& key, Likeness likeness, bool any_lock) const {
  const auto on = static_cast<std::uint8_t>(key.on);
  switch (likeness) {
    case Likeness::kLockAndCall: return {likeness, naming_.lock_kind(key.lock), key.syscall, on, key.flags};
    case Likeness::kLock: return {likeness, naming_.lock_kind(key.lock), 0, on, key.flags};
    case Likeness::kLockAnywhere: return {likeness, naming_.lock_kind(key.lock), 0, 0, 0};
    case Likeness::kCall: return {likeness, any_lock ? 1U : 0U, key.syscall, on, key.flags};
    case Likeness::kKernelStack: break;
  }
  return {likeness, any_lock ? 1U : 0U, 0, on, 0};
}

const Pool* StackEvidence::find(const WaitKey& key, Likeness likeness) const {
  const auto found = pools_.find(key_of(key, likeness));
  return found == pools_.end() ? nullptr : &found->second;
}

std::vector<PoolKey> StackEvidence::pools_of(const WaitKey& key) const {
  std::vector<PoolKey> pools;
  for (const Likeness likeness : kLikenesses) {
    pools.push_back(key_of(key, likeness, true));
    if (likeness >= Likeness::kCall && !naming_.class_is_clear(key)) pools.push_back(key_of(key, likeness, false));
  }
  return pools;
}

void StackEvidence::add_sampled(std::size_t row) {
  const WaitKey& key = run_.waits.keys[row];
  const StackSample& sample = run_.waits.samples[row];
  const WaitLabels labels = naming_.label(key);
  WaitKey without = key;
  without.stack = kNoStack;
  const bool as_called = naming_.path_is_clear(key) && naming_.label(without).path == labels.path;
  for (const PoolKey& pool : pools_of(key)) {
    SampledGroup& group = group_of(pools_[pool], labels, as_called, key);
    group.first += static_cast<double>(run_.waits.sums[row].contentions) - static_cast<double>(sample.sampled);
    group.weight += sample.weight;
    group.weight_squares += sample.weight_squares;
    group.wait += sample.wait;
    group.wait_squares += sample.wait_squares;
  }
}

void StackEvidence::add_unsampled(std::size_t row) {
  const WaitSums& sums = run_.waits.sums[row];
  for (const PoolKey& name : pools_of(run_.waits.keys[row])) {
    Pool& pool = pools_[name];
    pool.unsampled += static_cast<double>(sums.contentions);
    pool.unsampled_wait_ns += static_cast<double>(sums.wait_ns);
  }
}

void StackEvidence::leave_what_strata_use() {
  for (auto& [key, pool] : pools_)
    for (SampledGroup& group : pool.groups) {
      group.left = group.weight;
      group.left_wait = group.wait;
    }
  for (const auto& [stratum, own] : pools_) {
    const double weight = own.weight(), wait = own.wait();
    if (std::get<Likeness>(stratum) != Likeness::kLockAndCall || weight <= 0) continue;
    for (const SampledGroup& group : own.groups) {
      for (const PoolKey& name : pools_of(group.key)) {
        if (name == stratum) continue;
        SampledGroup& in_pool = group_of(pools_[name], group.labels, group.as_called, group.key);
        in_pool.left -= own.unsampled * group.weight / weight;
        if (wait > 0) in_pool.left_wait -= own.unsampled_wait_ns * group.wait / wait;
      }
    }
  }
}

}  // namespace socklock::analyzer
