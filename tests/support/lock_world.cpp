// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/lock_world.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <map>
#include <random>

namespace socklock::testing {
namespace {

using Random = std::mt19937_64;

// What rounding may leave of a time.
constexpr double kNothing_ns = 0.01;

enum class State : std::uint8_t { kThinks, kHolds, kSpins, kSleeps, kWakes };

struct ThreadOfWorld {
  State state = State::kThinks;
  bool runs = false;      // has a CPU
  bool retries = false;   // woken for an owner's lock, and has to look whether it is free
  double left_ns = 0;     // of thinking or holding, CPU time
  double started_ns = 0;  // when it got its CPU, or went on
  double slice_end_ns = 0;
  double woken_ns = 0;
  unsigned version = 0;  // of its pending event
  double hold_began_ns = 0;
  double hold_cpu_ns = 0;
  WorldVisit visit;
};

struct LockOfWorld {
  int holder = -1;
  std::list<unsigned> queue;
};

class Living {
 public:
  explicit Living(const World& world) : world_(world), random_(world.seed), threads_(world.threads) {
    locks_.resize(world.one_lock_each ? world.threads : world.locks);
    double sum = 0;
    for (std::size_t i = 0; i < locks_.size(); ++i) sum += std::pow(static_cast<double>(i + 1), -world.uneven);
    double below = 0;
    for (std::size_t i = 0; i < locks_.size(); ++i)
      use_.push_back(below += std::pow(static_cast<double>(i + 1), -world.uneven) / sum);
    free_cpus_ = world.cpus == 0 ? world.threads : world.cpus;
    for (unsigned i = 0; i < world.threads; ++i) {
      begin_thinking(i);
      ready_.push_back(i);
    }
    dispatch();
  }

  WorldHistory run() {
    const std::uint64_t warmup = world_.visits / 10;
    double from = 0, busy_from = 0, pressure_from = 0;
    while (history_.visits.size() < world_.visits + warmup) {
      const auto next = events_.begin();
      const Pending pending = next->second;
      advance_to(next->first);
      events_.erase(next);
      if (threads_[pending.thread].version != pending.version) continue;
      happen(pending.thread);
      dispatch();
      if (history_.visits.size() <= warmup) {
        from = now_;
        busy_from = busy_;
        pressure_from = pressure_;
      }
    }
    history_.visits.erase(history_.visits.begin(), history_.visits.begin() + static_cast<std::ptrdiff_t>(warmup));
    history_.elapsed_ns = now_ - from;
    history_.busy_ns = busy_ - busy_from;
    history_.pressure_ns = pressure_ - pressure_from;
    return std::move(history_);
  }

 private:
  struct Pending {
    unsigned thread;
    unsigned version;
  };

  void advance_to(double ns) {
    const double cpus = world_.cpus == 0 ? world_.threads : world_.cpus;
    busy_ += (ns - now_) * (cpus - free_cpus_);
    if (!ready_.empty()) pressure_ += ns - now_;
    now_ = ns;
  }

  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  double exponential(double mean) { return std::exponential_distribution<double>(1 / mean)(random_); }

  double hold_of(double mean) {
    switch (world_.shape) {
      case HoldShape::kEven: return mean * (0.5 + uniform());
      case HoldShape::kExponential: return exponential(mean);
      case HoldShape::kHeavyTail: {
        // Log-normal with coefficient of variation 3.
        const double sigma = std::sqrt(std::log(10.0));
        return std::lognormal_distribution<double>(std::log(mean) - sigma * sigma / 2, sigma)(random_);
      }
    }
    return mean;
  }

  double think_of() {
    if (!world_.bursty) return exponential(world_.think_ns);
    return uniform() < 5.0 / 6 ? exponential(world_.think_ns / 5) : exponential(world_.think_ns * 5);
  }

  void set_event(unsigned i, double at) { events_.emplace(at, Pending{i, ++threads_[i].version}); }

  // ---- CPUs ---------------------------------------------------------------------------------------------------------

  void dispatch() {
    while (free_cpus_ > 0 && !ready_.empty()) {
      const unsigned i = ready_.front();
      ready_.pop_front();
      ThreadOfWorld& thread = threads_[i];
      --free_cpus_;
      thread.runs = true;
      thread.slice_end_ns = now_ + world_.slice_ns;
      if (thread.retries) {
        if (!tries_again(i)) continue;
      } else if (thread.state == State::kWakes) {
        begin_hold(i);
      }
      go_on(i);
    }
  }

  [[nodiscard]] bool may_be_preempted(const ThreadOfWorld& thread) const {
    return world_.cpus > 0 && !(world_.lock == WorldLock::kSpin && thread.state != State::kThinks);
  }

  // From now until its work or its slice ends.
  void go_on(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    thread.started_ns = now_;
    double until = now_ + thread.left_ns;
    if (may_be_preempted(thread)) until = std::min(until, std::max(now_, thread.slice_end_ns));
    set_event(i, until);
  }

  void leave_cpu(unsigned i) {
    threads_[i].runs = false;
    ++threads_[i].version;
    ++free_cpus_;
  }

  // ---- What a thread does -------------------------------------------------------------------------------------------

  void happen(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    if (thread.state == State::kSleeps) {  // what it takes to wake up is over
      thread.state = State::kWakes;
      ready_.push_back(i);
      return;
    }
    const double ran = now_ - thread.started_ns;
    thread.left_ns = std::max(0.0, thread.left_ns - ran);
    if (thread.state == State::kHolds) thread.hold_cpu_ns += ran;
    if (thread.left_ns > kNothing_ns) {  // its slice is over
      thread.started_ns = now_;
      if (ready_.empty()) {
        thread.slice_end_ns = now_ + world_.slice_ns;
        return go_on(i);
      }
      leave_cpu(i);
      ready_.push_back(i);
      return;
    }
    if (thread.state == State::kHolds) return end_hold(i);
    come(i);
  }

  void begin_thinking(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    thread.state = State::kThinks;
    thread.left_ns = think_of();
    WorldVisit& visit = thread.visit;
    visit = {};
    visit.thread = i;
    double u = uniform();
    while (visit.path + 1 < world_.paths.size() && u >= world_.paths[visit.path].share)
      u -= world_.paths[visit.path++].share;
    visit.took = uniform() < world_.paths[visit.path].keep;
    const double at = uniform();
    visit.lock = world_.one_lock_each
                     ? i
                     : static_cast<unsigned>(std::min<std::size_t>(
                           locks_.size() - 1,
                           static_cast<std::size_t>(std::lower_bound(use_.begin(), use_.end(), at) - use_.begin())));
  }

  void come(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    WorldVisit& visit = thread.visit;
    visit.came_ns = static_cast<std::uint64_t>(now_);
    if (!visit.took) {  // the same work, without the lock
      const double work = hold_of(world_.paths[visit.path].hold_ns);
      history_.visits.push_back(visit);
      begin_thinking(i);
      thread.left_ns += work;
      return go_on(i);
    }
    LockOfWorld& lock = locks_[visit.lock];
    if (lock.holder < 0) {
      begin_hold(i);
      return go_on(i);
    }
    visit.waited = true;
    visit.is_first_waiter = lock.queue.empty();
    lock.queue.push_back(i);
    if (world_.lock == WorldLock::kSpin) {
      thread.state = State::kSpins;
      ++thread.version;
      return;
    }
    thread.state = State::kSleeps;
    leave_cpu(i);
  }

  void begin_hold(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    WorldVisit& visit = thread.visit;
    locks_[visit.lock].holder = static_cast<int>(i);
    visit.got_ns = static_cast<std::uint64_t>(now_);
    if (thread.state == State::kWakes) visit.run_delay_ns += now_ - thread.woken_ns;
    thread.state = State::kHolds;
    thread.hold_began_ns = now_;
    thread.hold_cpu_ns = 0;
    thread.left_ns = hold_of(world_.paths[visit.path].hold_ns);
  }

  // Whether it holds the lock now; else it sleeps again, at the end of the queue.
  bool tries_again(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    thread.retries = false;
    LockOfWorld& lock = locks_[thread.visit.lock];
    if (lock.holder < 0) {
      begin_hold(i);
      return true;
    }
    thread.visit.run_delay_ns += now_ - thread.woken_ns;
    lock.queue.push_back(i);
    thread.state = State::kSleeps;
    leave_cpu(i);
    return false;
  }

  void end_hold(unsigned i) {
    ThreadOfWorld& thread = threads_[i];
    thread.visit.hold_ns = now_ - thread.hold_began_ns;
    thread.visit.hold_cpu_ns = thread.hold_cpu_ns;
    history_.visits.push_back(thread.visit);
    LockOfWorld& lock = locks_[thread.visit.lock];
    lock.holder = -1;
    if (!lock.queue.empty()) hand_over(lock);
    begin_thinking(i);
    go_on(i);
  }

  void hand_over(LockOfWorld& lock) {
    const unsigned next = lock.queue.front();
    lock.queue.pop_front();
    ThreadOfWorld& thread = threads_[next];
    if (world_.lock == WorldLock::kSpin) {
      begin_hold(next);
      return go_on(next);
    }
    thread.woken_ns = now_;
    if (world_.lock == WorldLock::kMutex) lock.holder = static_cast<int>(next);
    thread.retries = world_.lock == WorldLock::kOwner;
    set_event(next, now_ + world_.wake_ns);
  }

  const World& world_;
  Random random_;
  std::vector<ThreadOfWorld> threads_;
  std::vector<LockOfWorld> locks_;
  std::vector<double> use_;
  std::list<unsigned> ready_;
  std::multimap<double, Pending> events_;
  unsigned free_cpus_ = 0;
  double now_ = 0, busy_ = 0, pressure_ = 0;
  WorldHistory history_;
};

}  // namespace

double WorldHistory::wait_per_visit() const {
  double sum = 0;
  for (const WorldVisit& visit : visits)
    if (visit.waited) sum += static_cast<double>(visit.got_ns - visit.came_ns);
  return visits.empty() ? 0 : sum / static_cast<double>(visits.size());
}

double WorldHistory::wait_per_visit(unsigned path) const {
  double sum = 0;
  for (const WorldVisit& visit : visits)
    if (visit.waited && visit.path == path) sum += static_cast<double>(visit.got_ns - visit.came_ns);
  return visits.empty() ? 0 : sum / static_cast<double>(visits.size());
}

double WorldHistory::waits_per_visit() const {
  const auto waits = std::count_if(visits.begin(), visits.end(), [](const WorldVisit& visit) { return visit.waited; });
  return visits.empty() ? 0 : static_cast<double>(waits) / static_cast<double>(visits.size());
}

WorldHistory live(const World& world) { return Living(world).run(); }

}  // namespace socklock::testing
