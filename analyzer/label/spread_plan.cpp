// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/spread_plan.h"

#include <algorithm>

namespace socklock::analyzer {
namespace {

// What the first waits of a kind say: they came one after the other, and are alike more than chance samples are.
constexpr double kDrawsPerFirstWait = 0.25;
// Pools of other locks say nothing of a lock that has been seen so often itself.
constexpr double kOwnWaitsEnough = 16;
// Of a lock that was hardly seen, the share of waits that may be of a path or class that none was.
constexpr double kNeverSeen = 0.5;

class Planner {
 public:
  Planner(const StackEvidence& evidence, const RowNaming& naming, const Known& known)
      : naming_(naming),
        known_(known),
        own_(evidence.find(known.key, Likeness::kLockAndCall)),
        lock_(evidence.find(known.key, Likeness::kLock)),
        anywhere_(evidence.find(known.key, Likeness::kLockAnywhere)),
        call_(evidence.find(known.key, Likeness::kCall)),
        kernel_stack_(evidence.find(known.key, Likeness::kKernelStack)),
        evidence_(evidence) {}

  Plan plan() && {
    choose_source();
    if (plan_.groups.empty()) return std::move(plan_);
    add_priors();
    normalize();
    return std::move(plan_);
  }

 private:
  void choose_source() {
    if (take_samples(own_, Likeness::kLockAndCall)) return;
    if (take_left(lock_, Likeness::kLock, 1)) return;
    if (take_first(own_, Likeness::kLockAndCall) || take_first(lock_, Likeness::kLock)) return;
    if (take_left(anywhere_, Likeness::kLockAnywhere, 0.5) || take_first(anywhere_, Likeness::kLockAnywhere)) return;
    // Lock and system call say all that there is to say.
    if (known_.class_clear && known_.path_clear) return;
    if (take_left(call_, Likeness::kCall, 0.5) || take_first(call_, Likeness::kCall)) return;
    if (take_left(kernel_stack_, Likeness::kKernelStack, 0)) return;
    take_first(kernel_stack_, Likeness::kKernelStack);
  }

  bool take_samples(const Pool* pool, Likeness likeness) {
    if (pool == nullptr || pool->weight() <= 0) return false;
    double weight_squares = 0, wait_squares = 0;
    for (const SampledGroup& group : pool->groups) {
      if (group.weight <= 0) continue;
      PlanGroup& to = planned(group);
      to.mass += group.weight;
      to.wait_mass += group.wait;
      to.wait_squares += group.wait_squares;
      weight_squares += group.weight_squares;
      wait_squares += group.wait_squares;
    }
    plan_.draws = pool->weight() * pool->weight() / weight_squares;
    plan_.wait_draws = wait_squares > 0 ? pool->wait() * pool->wait() / wait_squares : plan_.draws;
    plan_.source = evidence_.key_of(known_.key, likeness);
    return true;
  }

  // By what strata with samples left over of the pool's weights.
  bool take_left(const Pool* pool, Likeness likeness, double trust) {
    if (pool == nullptr || pool->weight() <= 0) return false;
    double left = 0, left_wait = 0, weight_squares = 0, wait_squares = 0;
    for (const SampledGroup& group : pool->groups) {
      if (group.left <= 0) continue;
      PlanGroup& to = planned(group);
      to.mass += group.left;
      to.wait_mass += std::max(group.left_wait, 0.0);
      to.wait_squares += group.wait_squares * group.left / std::max(group.weight, group.left);
      left += group.left;
      left_wait += std::max(group.left_wait, 0.0);
      weight_squares += group.weight_squares * group.left / std::max(group.weight, group.left);
      wait_squares += group.wait_squares * group.left / std::max(group.weight, group.left);
    }
    if (left <= 0) return false;
    plan_.draws = weight_squares > 0 ? trust * left * left / weight_squares : 0;
    plan_.wait_draws = wait_squares > 0 ? trust * left_wait * left_wait / wait_squares : 0;
    plan_.source = evidence_.key_of(known_.key, likeness);
    return true;
  }

  bool take_first(const Pool* pool, Likeness likeness) {
    if (pool == nullptr) return false;
    double first = 0;
    for (const SampledGroup& group : pool->groups) {
      const double count = group.first + group.samples();
      if (count <= 0) continue;
      PlanGroup& to = planned(group);
      to.mass += count;
      to.wait_mass += count;
      first += count;
    }
    plan_.draws = plan_.wait_draws = first * kDrawsPerFirstWait;
    plan_.source = evidence_.key_of(known_.key, likeness);
    return first > 0;
  }

  // The plan's group for waits like those of `group`, but of the lock and system call at hand.
  PlanGroup& planned(const SampledGroup& group) {
    WaitKey key = known_.key;
    key.stack = group.key.stack;
    WaitLabels labels = naming_.label(key);
    // Under their own system call those did what it is for: then these do what theirs is for.
    if (known_.path_clear && group.as_called && labels.path != known_.labels.path) use_known_path(key, labels);
    const auto found = std::find_if(plan_.groups.begin(), plan_.groups.end(),
                                    [&labels](const PlanGroup& there) { return there.labels == labels; });
    if (found != plan_.groups.end()) return *found;
    return plan_.groups.emplace_back(PlanGroup{key, labels, 0, 0, 0, 0});
  }

  void use_known_path(WaitKey& key, WaitLabels& labels) const {
    if (known_.class_clear) {
      key.stack = kNoStack;
      labels = known_.labels;
      return;
    }
    if (call_ == nullptr) return;
    for (const SampledGroup& group : call_->groups) {
      WaitKey as = known_.key;
      as.stack = group.key.stack;
      const WaitLabels other = naming_.label(as);
      if (other.lock_class != labels.lock_class || other.path != known_.labels.path) continue;
      key = as;
      labels = other;
      return;
    }
  }

  void add_priors() {
    add_prior(own_, nullptr, 1);
    add_prior(lock_, waits_of, 1);
    add_prior(anywhere_, waits_of, 0.5);
    const double same_lock = waits_of(anywhere_);
    if (same_lock < kOwnWaitsEnough) {
      add_prior(call_, waits_of, 0.5);
      add_prior(kernel_stack_, waits_of, 0.25);
    }
    plan_.never_seen = kNeverSeen / (1 + same_lock / kOwnWaitsEnough);
  }

  static double waits_of(const Pool* pool) {
    double waits = 0;
    if (pool != nullptr)
      for (const SampledGroup& group : pool->groups) waits += group.first + group.samples();
    return waits;
  }

  // Adds `weight` in all, divided by waits, or with no `total` each wait.
  void add_prior(const Pool* pool, double (*total)(const Pool*), double weight) {
    if (pool == nullptr) return;
    const double all = total ? total(pool) : 1;
    for (const SampledGroup& group : pool->groups) {
      const double waits = group.first + group.samples();
      if (waits > 0 && all > 0) planned(group).prior += weight * waits / all;
    }
  }

  void normalize() {
    double mass = 0, wait_mass = 0, wait_squares = 0, prior = 0;
    for (const PlanGroup& group : plan_.groups) {
      mass += group.mass;
      wait_mass += group.wait_mass;
      wait_squares += group.wait_squares;
      prior += group.prior;
    }
    for (PlanGroup& group : plan_.groups) {
      group.mass /= mass;
      group.wait_mass = wait_mass > 0 ? group.wait_mass / wait_mass : group.mass;
      group.wait_squares = wait_squares > 0 ? group.wait_squares / wait_squares : group.mass;
      if (prior > 0) group.prior /= prior;
    }
  }

  const RowNaming& naming_;
  const Known& known_;
  const Pool* own_;
  const Pool* lock_;
  const Pool* anywhere_;
  const Pool* call_;
  const Pool* kernel_stack_;
  const StackEvidence& evidence_;
  Plan plan_;
};

}  // namespace

Plan plan_spread(const StackEvidence& evidence, const RowNaming& naming, const Known& known) {
  return Planner(evidence, naming, known).plan();
}

}  // namespace socklock::analyzer
