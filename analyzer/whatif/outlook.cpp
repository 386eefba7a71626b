// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/outlook.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace socklock::analyzer {
namespace {

// With fewer waits of a part in a simulation its class's figure says more.
constexpr std::uint64_t kMinPartWaits = 200;

double ratio_of(double part, double whole) { return whole > 0 ? part / whole : 0; }

unsigned customers_of(const ClassModel& model, const RunUse& run, const ClassUse& use) {
  double threads = use.threads_that_took.value_or(use.threads);
  if (use.waiting == Waiting::kSpinning && run.cpus > 0) threads = run.cpus;
  if (model.threads_said > 0) threads = model.threads_said;
  return static_cast<unsigned>(std::clamp(threads, 1.0, 4096.0));
}

// ---- One lock for each thread or CPU: nobody meets, but for softirqs and who is preempted inside ---------------

Outlook nobody_meets(const ClassModel& model, const RunUse& run, const ClassUse& use) {
  Outlook result;
  const bool per_cpu = model.split_by == SplitBy::kCpu;
  const double preempted = use.waiting == Waiting::kSpinning ? 0 : ratio_of(use.long_wait_ns, use.wait_ns());
  for (std::size_t part = 0; part < use.parts.size(); ++part) {
    double known_ns = 0, softirq_ns = 0;
    for (const PairUse& pair : use.pairs) {
      if (pair.waiter != part || !pair.holder) continue;
      known_ns += pair.wait_ns;
      if (pair.in_softirq) softirq_ns += pair.wait_ns;
    }
    const double softirq = run.knows_holders ? ratio_of(softirq_ns, known_ns) : 0;
    const double high = per_cpu ? std::max(preempted, softirq) : softirq;
    const Range left{per_cpu ? 0 : softirq, per_cpu ? high / 2 : softirq, high};
    result.wait.push_back(left);
    result.contentions.push_back(left);
  }
  return result;
}

// ---- First order: waits go with the use of the lock -------------------------------------------------------------

// Of the holders that a part met, those that are left: by threads where they are known, else by waits.
double others_left(const ClassModel& model, const ClassUse& use, std::size_t waiter) {
  const bool by_threads = std::all_of(use.parts.begin(), use.parts.end(),
                                      [](const PartUse& part) { return part.contentions == 0 || part.threads > 0; });
  double all = 0, left = 0;
  for (std::size_t part = 0; part < use.parts.size(); ++part) {
    const PartUse& of = use.parts[part];
    double weight = by_threads ? of.threads : of.contentions;
    // Nobody waits for himself.
    if (part == waiter && by_threads) weight = std::max(0.0, weight - 1);
    all += weight;
    left += weight * model.keep(of.changes) / model.shorter(of.changes);
  }
  return all > 0 ? left / all : 1;
}

Range first_order_left(const ClassModel& model, const ClassUse& use, std::size_t part) {
  const unsigned changes = use.parts[part].changes;
  const double own = model.keep(changes), k = model.shorter(changes);
  Range left = Range::all(own / model.split);
  if (model.avoids()) {
    const double others = others_left(model, use, part);
    left.estimate *= others;
    // Nobody who is left met those that are gone, or everybody did.
    left.low = std::min(left.low * (own < 1 ? own : 0), left.estimate);
  }
  if (k > 1) {
    left.low /= k * k;
    left.high /= k;
    left.estimate = model.avoids() ? left.estimate / k : left.estimate / std::pow(k, 1.5);
  }
  return left;
}

Outlook first_order(const ClassModel& model, const ClassUse& use) {
  Outlook result;
  for (std::size_t part = 0; part < use.parts.size(); ++part) {
    const Range left = first_order_left(model, use, part);
    result.wait.push_back(left);
    // A shorter hold is met less often by 1/k only; how long it is waited for is the other.
    const double k = model.shorter(use.parts[part].changes);
    const double longest = std::min(1.0, left.high * std::sqrt(k));
    result.contentions.push_back(k > 1 ? Range{left.low * k, left.high, std::max(left.high, longest)} : left);
  }
  result.is_faster = model.avoids();
  return result;
}

// ---- Pairs: who held what others waited for -----------------------------------------------------------------------

Range pairs_left(const ClassModel& model, const ClassUse& use, std::size_t waiter, double PairUse::*of) {
  double known = 0, kept = 0, unknown = 0;
  for (const PairUse& pair : use.pairs) {
    if (pair.waiter != waiter) continue;
    if (!pair.holder) {
      unknown += pair.*of;
      continue;
    }
    const unsigned changes = use.parts[*pair.holder].changes;
    known += pair.*of;
    kept += pair.*of * model.keep(changes) / model.shorter(changes);
  }
  const unsigned changes = use.parts[waiter].changes;
  const double own = model.keep(changes) / model.split / model.shorter(changes);
  const double all = known + unknown;
  if (all <= 0) return {0, own * others_left(model, use, waiter), own};
  const double share = known > 0 ? kept / known : 1;
  // Whoever still takes the lock may do so where it is busiest, as threads that race to one free port do: then it meets
  // as many as before.
  const double most = use.parts[waiter].changes != 0 ? own : own * (kept + unknown) / all;
  return {own * kept / all, own * (kept + unknown * share) / all, most};
}

Outlook pairs(const ClassModel& model, const ClassUse& use) {
  Outlook result;
  for (std::size_t part = 0; part < use.parts.size(); ++part) {
    result.wait.push_back(pairs_left(model, use, part, &PairUse::wait_ns));
    result.contentions.push_back(pairs_left(model, use, part, &PairUse::contentions));
  }
  result.is_faster = true;
  return result;
}

// ---- The closed queue -----------------------------------------------------------------------------------------------

// Of parts and what stands for them in a queue.
struct Fitted {
  ClosedQueue before;
  std::vector<std::size_t> part_of_queue;  // position in use.parts
};

ClosedQueue changed(const ClassModel& model, const ClassUse& use, const Fitted& fitted, bool spends_skipped_holds) {
  ClosedQueue after = fitted.before;
  after.spends_skipped_holds = spends_skipped_holds;
  after.locks = static_cast<unsigned>(std::min(1e5, std::round(after.locks * model.split)));
  for (std::size_t i = 0; i < after.parts.size(); ++i) {
    const PartUse& part = use.parts[fitted.part_of_queue[i]];
    after.parts[i].keep = model.keep(part.changes);
    // What a holder spent off its CPU stays.
    const double off_cpu = ratio_of(part.off_cpu_ns, part.hold_ns);
    after.parts[i].hold_factor = (1 - off_cpu) / model.shorter(part.changes) + off_cpu;
  }
  return after;
}

void set_left(const Fitted& fitted, const QueueResult& before, const QueueResult& low, const QueueResult& high,
              Outlook& result) {
  const auto left_between = [&](const PartResult& a, const PartResult& b, bool of_wait) {
    const double before_rate = of_wait ? ratio_of(b.wait_ns, static_cast<double>(b.visits))
                                       : ratio_of(static_cast<double>(b.waits), static_cast<double>(b.visits));
    const double after_rate = of_wait ? ratio_of(a.wait_ns, static_cast<double>(a.visits))
                                      : ratio_of(static_cast<double>(a.waits), static_cast<double>(a.visits));
    return ratio_of(after_rate, before_rate);
  };
  for (const bool of_wait : {true, false}) {
    std::vector<Range>& left = of_wait ? result.wait : result.contentions;
    const double low_all = left_between(low.all(), before.all(), of_wait);
    const double high_all = left_between(high.all(), before.all(), of_wait);
    std::fill(left.begin(), left.end(), Range{low_all, std::sqrt(low_all * high_all), high_all});
    for (std::size_t i = 0; i < fitted.part_of_queue.size(); ++i) {
      if (before.parts[i].waits < kMinPartWaits) continue;
      const double a = left_between(low.parts[i], before.parts[i], of_wait);
      const double b = left_between(high.parts[i], before.parts[i], of_wait);
      left[fitted.part_of_queue[i]] = {std::min(a, b), std::sqrt(a * b), std::max(a, b)};
    }
  }
}

Outlook simulated(const ClassModel& model, const ClassUse& use, const Fitted& fitted, Outlook result) {
  const QueueResult before = simulate(fitted.before, model.visits, model.seed);
  const QueueResult first = simulate(changed(model, use, fitted, true), model.visits, model.seed);
  result.wait.resize(use.parts.size());
  result.contentions.resize(use.parts.size());
  // What was done under the lock goes on without it, or vanishes: both are the ends of what is left.
  const QueueResult second =
      model.avoids() ? simulate(changed(model, use, fitted, false), model.visits, model.seed) : first;
  set_left(fitted, before, first, second, result);
  const PartResult all = before.all();
  const double per = model.from_single_waits ? static_cast<double>(all.waits) : static_cast<double>(all.visits);
  result.check =
      ModelCheck{ratio_of(all.wait_ns, per), model.from_single_waits
                                                 ? ratio_of(use.single.wait_ns, static_cast<double>(use.single.waits))
                                                 : ratio_of(use.wait_ns(), use.acquisitions())};
  return result;
}

HoldTimes holds_of(const PartUse& part, double mean_ns) {
  return part.hold_cells.empty() ? HoldTimes::exponential(mean_ns) : HoldTimes::of_cells(part.hold_cells, mean_ns);
}

// Acquisitions, holds and waits, with no assumption but Little's law: Z = T/X - S - W/A.
Outlook closed_queue_level2(const ClassModel& model, const RunUse& run, const ClassUse& use) {
  Outlook result;
  Fitted fitted;
  const double acquisitions = use.acquisitions();
  double hold_ns = 0, all_holds = 0, all_hold_ns = 0;
  for (const PartUse& part : use.parts) {
    all_holds += part.holds;
    all_hold_ns += part.hold_ns;
  }
  for (std::size_t i = 0; i < use.parts.size(); ++i) {
    const PartUse& part = use.parts[i];
    if (part.acquisitions <= 0) continue;
    // A path of which no hold was sampled holds as long as the others.
    const double mean_ns = part.holds > 0 ? part.hold_ns / part.holds : ratio_of(all_hold_ns, all_holds);
    fitted.before.parts.push_back({.share = part.acquisitions / acquisitions, .holds = holds_of(part, mean_ns)});
    fitted.part_of_queue.push_back(i);
    hold_ns += part.acquisitions / acquisitions * mean_ns;
    result.residual_ns += part.acquisitions / acquisitions * fitted.before.parts.back().holds.second_moment_ns2();
  }
  result.residual_ns = ratio_of(result.residual_ns, 2 * hold_ns);
  ClosedQueue& queue = fitted.before;
  queue.customers = customers_of(model, run, use);
  queue.locks = static_cast<unsigned>(std::max(1.0, std::round(use.locks)));
  queue.order = use.waiting == Waiting::kOwner ? Order::kFreeForAll : Order::kFifo;
  queue.sees_first_waiter = use.waiting != Waiting::kSpinning || run.spinlock_mode != SpinlockMode::kNative;
  if (use.run_delay_ns && use.contentions() > 0) queue.wake_ns = *use.run_delay_ns / use.contentions();
  queue.think_ns = queue.customers * run.duration_ns / acquisitions - hold_ns - use.wait_ns() / acquisitions;
  result.threads = queue.customers;
  result.think_ns = queue.think_ns;
  result.hold_ns = hold_ns;
  result.locks = use.locks;
  if (use.run_delay_ns) result.wake_latency_ns = queue.wake_ns;
  if (queue.think_ns < 0) {
    result.refusal =
        Refusal{RefusalReason::kTooFewThreads,
                fmt::format("{} threads can't have taken it so often and for so long: there are more", queue.customers),
                "say how many take it: --threads N"};
    return result;
  }
  return simulated(model, use, fitted, std::move(result));
}

// Single waits of all runs say how long holds are, those of this run how often the lock is taken.
Outlook closed_queue_level1(const ClassModel& model, const RunUse& run, const ClassUse& use) {
  SingleWaits single = model.single;
  if (use.single.waits >= kMinWaits) {
    single.waits = use.single.waits;
    single.wait_ns = use.single.wait_ns;
  }
  const auto queue = fit_single_waits(single, customers_of(model, run, use));
  // Nobody ever queues behind a waiter.
  if (!queue) return first_order(model, use);
  Outlook result;
  Fitted fitted{*queue, {}};
  result.threads = queue->customers;
  result.think_ns = queue->think_ns;
  result.hold_ns = queue->parts.front().holds.mean_ns();
  result.residual_ns = single.first_wait_ns;
  result.locks = 1;
  // Holds of all paths are alike, and so is what is left of their waits.
  fitted.part_of_queue.push_back(0);
  if (use.waiting != Waiting::kSpinning && use.run_delay_ns && use.contentions() > 0) {
    // A hand-off is a wake-up and a hold.
    const double wake_ns = *use.run_delay_ns / use.contentions();
    std::vector<double> holds;
    for (const double ns : single.hand_offs_ns) holds.push_back(std::max(0.0, ns - wake_ns));
    fitted.before.parts.front().holds = HoldTimes::of_samples(std::move(holds));
    fitted.before.wake_ns = wake_ns;
    fitted.before.order = use.waiting == Waiting::kOwner ? Order::kFreeForAll : Order::kFifo;
    result.hold_ns = fitted.before.parts.front().holds.mean_ns();
    result.wake_latency_ns = wake_ns;
  }
  return simulated(model, use, fitted, std::move(result));
}

}  // namespace

Range operator+(const Range& a, const Range& b) { return {a.low + b.low, a.estimate + b.estimate, a.high + b.high}; }
Range operator*(const Range& a, const Range& b) { return {a.low * b.low, a.estimate * b.estimate, a.high * b.high}; }
Range operator*(const Range& a, double b) { return {a.low * b, a.estimate * b, a.high * b}; }

Outlook outlook(const ClassModel& model, const RunUse& run, const ClassUse& use) {
  switch (model.kind) {
    case ModelKind::kNobodyMeets: return nobody_meets(model, run, use);
    case ModelKind::kFirstOrder: return first_order(model, use);
    case ModelKind::kPairs: return pairs(model, use);
    case ModelKind::kClosedQueue: break;
  }
  return model.from_single_waits ? closed_queue_level1(model, run, use) : closed_queue_level2(model, run, use);
}

}  // namespace socklock::analyzer
