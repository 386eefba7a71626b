// SPDX-License-Identifier: GPL-2.0-or-later
// Which model fits a class, or why none does.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/whatif/outlook.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr std::uint64_t kFewestIntervals = 3;
// Of the wait, in waits too long for a holder that ran.
constexpr double kMostLongWait = 0.2;
// Of hold time by CPU time.
constexpr double kMostWallPerCpu = 1.5;
constexpr double kMostPressure = 0.2;
constexpr double kMostSteal = 0.05;
// Of the CPU time, where the kernel did not say who waited for a CPU: with more threads than CPUs some do then.
constexpr double kBusy = 0.5;
// Of a class's wait, in single waits for the lock that stands for it.
constexpr double kSingleShare = 0.3;

// Sums over runs.
struct Pool {
  std::vector<const ClassUse*> uses;
  std::vector<const RunUse*> runs;
  double contentions = 0, wait_ns = 0, long_wait_ns = 0, hold_ns = 0, off_cpu_ns = 0, work = 0;
  double cpu_ns = 0, busy_ns = 0, steal_ns = 0, pressure = 0, cpus = 0, threads = 0;
  std::uint64_t intervals = 0;
  bool knows_pressure = true, knows_off_cpu = true, knows_run_delay = true, is_level2 = true, knows_holders = true;
  bool has_pairs = false;
  Waiting waiting = Waiting::kSpinning;

  void add_run(const RunUse& run) {
    cpu_ns += run.cpus * run.duration_ns;
    busy_ns += run.cpu_busy_ns;
    steal_ns += run.steal_ns;
    intervals += run.intervals;
    cpus = std::max(cpus, run.cpus);
    knows_pressure = knows_pressure && run.pressure.has_value();
    pressure += run.pressure.value_or(0);
  }
  void add(const RunUse& run, const ClassUse& use) {
    runs.push_back(&run);
    uses.push_back(&use);
    contentions += use.contentions();
    wait_ns += use.wait_ns();
    long_wait_ns += use.long_wait_ns;
    threads = std::max({threads, use.threads, use.threads_that_took.value_or(0)});
    if (uses.size() == 1 || use.wait_ns() > 0) waiting = use.waiting;
    for (const PartUse& part : use.parts) {
      hold_ns += part.hold_ns;
      off_cpu_ns += part.off_cpu_ns;
    }
    knows_off_cpu = knows_off_cpu && use.knows_off_cpu;
    knows_run_delay = knows_run_delay && use.run_delay_ns.has_value();
    is_level2 = is_level2 && use.knows_acquisitions && use.knows_holds && use.acquisitions() > 0;
    knows_holders = knows_holders && run.knows_holders;
    has_pairs = has_pairs || !use.pairs.empty();
  }
};

Pool pool_of(std::span<const RunUse> runs, ClassId id) {
  Pool pool;
  for (const RunUse& run : runs) {
    pool.add_run(run);
    if (const ClassUse* use = run.find(id)) pool.add(run, *use);
  }
  return pool;
}

Refusal did_not_run(std::string because) {
  return {RefusalReason::kHoldersDidNotRun,
          std::move(because) +
              ": at best this helps to first order, and perhaps not at all, since it is CPUs that are "
              "waited for; of a path that no longer takes the lock only its own waits are sure to end",
          "record on a host with CPUs to spare, or with fewer threads"};
}

// Holders that did not run.
std::optional<Refusal> preempted(const Pool& pool) {
  if (pool.knows_off_cpu && pool.hold_ns > 0) {
    const double cpu_ns = std::max(1.0, pool.hold_ns - pool.off_cpu_ns);
    if (pool.hold_ns <= kMostWallPerCpu * cpu_ns) return std::nullopt;
    return did_not_run(
        fmt::format("holders ran for {} of the time that they held the lock", format_percent(cpu_ns / pool.hold_ns)));
  }
  if (pool.wait_ns <= 0 || pool.long_wait_ns <= kMostLongWait * pool.wait_ns) return std::nullopt;
  return did_not_run(
      fmt::format("{} of the wait is in waits of more than a millisecond, behind holders that did not "
                  "run",
                  format_percent(pool.long_wait_ns / pool.wait_ns)));
}

// Whoever gets a sleeping lock waits for a CPU before he runs: what a lock less gives is then taken by others.
std::optional<Refusal> waits_for_cpus(const Pool& pool) {
  if (pool.waiting == Waiting::kSpinning || pool.runs.empty()) return std::nullopt;
  const double pressure = pool.pressure / static_cast<double>(pool.runs.size());
  if (pool.knows_pressure && pressure > kMostPressure)
    return did_not_run(fmt::format("in {} of the time somebody waited for a CPU", format_percent(pressure)));
  if (!pool.knows_pressure && pool.cpu_ns > 0 && pool.busy_ns > kBusy * pool.cpu_ns && pool.threads > pool.cpus)
    return did_not_run(fmt::format("the CPUs were busy {} of the time, and {} threads took the lock on {} CPUs",
                                   format_percent(pool.busy_ns / pool.cpu_ns), format_count(pool.threads),
                                   format_count(pool.cpus)));
  return std::nullopt;
}

// What holds whatever is asked.
std::optional<Refusal> refused_at_all(const Pool& pool, std::span<const RunUse> runs) {
  if (pool.waiting == Waiting::kSpinning && std::any_of(pool.runs.begin(), pool.runs.end(), [](const RunUse* run) {
        return run->spinlock_mode == SpinlockMode::kTestAndSet;
      }))
    return Refusal{RefusalReason::kNotSeen, "spinlocks of this machine are test-and-set: waits for them are not seen",
                   "record where socklock doctor says pv or native"};
  if (pool.contentions == 0) return Refusal{RefusalReason::kNothingWaits, "nothing waited for it in these runs", ""};
  if (std::any_of(runs.begin(), runs.end(), [](const RunUse& run) { return run.lost_totals; }))
    return Refusal{RefusalReason::kLostTotals, "the sums of a run lack waits that were lost",
                   "socklock info says why; record anew"};
  if (pool.contentions < static_cast<double>(kMinWaits))
    return Refusal{RefusalReason::kTooFewWaits,
                   fmt::format("{} waits in {} {}", format_count(pool.contentions), pool.runs.size(),
                               pool.runs.size() == 1 ? "run" : "runs"),
                   fmt::format("at least {} are needed: record longer, or more runs", kMinWaits)};
  // Imported recordings have one interval a run.
  if (pool.intervals < kFewestIntervals && runs.size() < kFewestIntervals)
    return Refusal{RefusalReason::kTooFewWaits, fmt::format("{} intervals", pool.intervals),
                   fmt::format("at least {} are needed: record longer, or more runs", kFewestIntervals)};
  return std::nullopt;
}

std::optional<Refusal> refused_queue(const Pool& pool, const ClassModel& model) {
  const bool by_queue = model.split > 1 || model.shortens();
  // Without its path, a sleeping lock's threads go for CPUs that others want; a spinning waiter had one anyway.
  if (!by_queue && pool.waiting == Waiting::kSpinning) return std::nullopt;
  if (auto refusal = preempted(pool)) return refusal;
  if (auto refusal = waits_for_cpus(pool)) return refusal;
  if (by_queue && pool.cpu_ns > 0 && pool.waiting == Waiting::kSpinning && pool.steal_ns > kMostSteal * pool.cpu_ns)
    return Refusal{
        RefusalReason::kCpusStolen,
        fmt::format("the hypervisor took {} of the CPU time: holds that were interrupted look like long ones",
                    format_percent(pool.steal_ns / pool.cpu_ns)),
        "record on a machine of its own"};
  if (model.shortens() && pool.waiting != Waiting::kSpinning && !pool.knows_run_delay)
    return Refusal{RefusalReason::kWakeUpsNotMeasured,
                   "how long woken threads took to run was not recorded, and that part of a hand-over is not shortened",
                   "record with this version of socklock on a kernel that counts it (socklock doctor)"};
  return std::nullopt;
}

void choose_model(const Pool& pool, ClassModel& model) {
  for (const ClassUse* use : pool.uses) model.single.add(use->single);
  double single_ns = 0;
  for (const ClassUse* use : pool.uses) single_ns += use->single_share * use->wait_ns();
  const bool is_native = std::any_of(pool.runs.begin(), pool.runs.end(),
                                     [](const RunUse* run) { return run->spinlock_mode == SpinlockMode::kNative; });
  const double customers = model.threads_said > 0               ? model.threads_said
                           : pool.waiting == Waiting::kSpinning ? pool.cpus
                                                                : pool.threads;
  const bool asks_queue = model.split > 1 || model.shortens();
  // Single waits don't say which path held the lock.
  bool all_alike = true;
  for (std::size_t i = 0; i < model.changes.size(); ++i)
    all_alike = all_alike && ((model.about >> i & 1U) == 0 || model.changes[i].path.is_all());
  if (pool.is_level2 && customers >= 2) {
    model.kind = ModelKind::kClosedQueue;
    model.factor = kFactorClosedLevel2;
    // What a wake-up takes is in the waits, and not known apart.
    if (pool.waiting != Waiting::kSpinning && !pool.knows_run_delay) model.factor = kFactorOther;
  } else if (model.avoids() && pool.has_pairs) {
    model.kind = ModelKind::kPairs;
  } else if (asks_queue && all_alike && customers >= 3 && single_ns > kSingleShare * pool.wait_ns &&
             model.single.waits >= kMinWaits && model.single.hand_offs_ns.size() >= kMinHandOffs &&
             !(is_native && pool.waiting == Waiting::kSpinning)) {
    model.kind = ModelKind::kClosedQueue;
    model.from_single_waits = true;
  }
}

}  // namespace

std::string_view name_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kNothingWaits: return "nothing_waits";
    case RefusalReason::kTooFewWaits: return "too_few_waits";
    case RefusalReason::kNotSeen: return "not_seen";
    case RefusalReason::kLostTotals: return "lost_totals";
    case RefusalReason::kCheckFails: return "check_fails";
    case RefusalReason::kTooFewThreads: return "too_few_threads";
    case RefusalReason::kWakeUpsNotMeasured: return "wake_ups_not_measured";
    case RefusalReason::kHoldersDidNotRun: return "holders_did_not_run";
    case RefusalReason::kCpusStolen: return "cpus_stolen";
  }
  return "";
}

std::string_view name_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::kClosedQueue: return "closed-queue";
    case ModelKind::kPairs: return "pairs";
    case ModelKind::kFirstOrder: return "first-order";
    case ModelKind::kNobodyMeets: return "nobody-meets";
  }
  return "";
}

double ClassModel::keep(unsigned selected) const {
  double keep = 1;
  for (std::size_t i = 0; i < changes.size(); ++i)
    if ((selected >> i & 1U) != 0 && changes[i].kind == ChangeKind::kAvoid) keep *= changes[i].keep;
  return keep;
}

double ClassModel::shorter(unsigned selected) const {
  double k = 1;
  for (std::size_t i = 0; i < changes.size(); ++i)
    if ((selected >> i & 1U) != 0 && changes[i].kind == ChangeKind::kShorter) k *= changes[i].k;
  return k;
}

namespace {

bool has_kind(const ClassModel& model, ChangeKind kind) {
  for (std::size_t i = 0; i < model.changes.size(); ++i)
    if ((model.about >> i & 1U) != 0 && model.changes[i].kind == kind) return true;
  return false;
}

}  // namespace

bool ClassModel::avoids() const { return has_kind(*this, ChangeKind::kAvoid); }
bool ClassModel::shortens() const { return has_kind(*this, ChangeKind::kShorter); }

ClassModel class_model_for(std::span<const RunUse> runs, ClassId id, std::span<const Change> changes,
                           const OutlookOptions& options) {
  ClassModel model;
  model.id = id;
  model.changes = changes;
  model.threads_said = options.threads;
  model.seed = options.seed;
  model.visits = options.visits;
  const Pool pool = pool_of(runs, id);
  if ((model.refusal = refused_at_all(pool, runs))) return model;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    if (!change.locks.meets(pool.uses.front()->lock_class)) continue;
    model.about |= 1U << i;
    if (change.kind != ChangeKind::kSplit) continue;
    model.split *= change.n;
    if (change.by != SplitBy::kNumber) model.split_by = change.by;
  }
  if (model.split_by != SplitBy::kNumber) {
    model.kind = ModelKind::kNobodyMeets;
    model.factor = 1;
    return model;
  }
  if (!(model.refusal = refused_queue(pool, model))) choose_model(pool, model);
  return model;
}

}  // namespace socklock::analyzer
