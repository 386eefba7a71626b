// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/measure_use.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/distinct.h"
#include "analyzer/measure/holds.h"
#include "base/wait_buckets.h"
#include "proto/loss_counters.h"
#include "proto/rows.h"

namespace socklock::analyzer {
namespace {

// LCB_F_* of include/trace/events/lock.h (and 64: waits for an owner are ours).
constexpr unsigned kSpin = 1, kRead = 2, kMutex = 32, kOwnerWait = 64;
// A wait of more than a millisecond is behind a holder that did not run: locks of the socket layer are held for
// microseconds, and one that is held for more by code that runs is a finding of its own.
constexpr double kLongWait_ns = 1e6;
// Or of so many median hand-offs, where those are known.
constexpr double kLongWaitHandOffs = 20;
// Of all waits, missing from the sums.
constexpr double kMostLost = 0.01;
// Single waits say how a lock is used where so much of its class's wait is in them.
constexpr double kMostOfWait = 0.8;

bool is_untimed(std::uint8_t flags) { return trace::is_untimed(flags); }

Waiting waiting_of(std::uint8_t flags) {
  if (flags == kOwnerWait) return Waiting::kOwner;
  return (flags & kSpin) != 0 && (flags & kMutex) == 0 ? Waiting::kSpinning : Waiting::kSleeping;
}

// Of a class in the making.
struct ClassBuilder {
  ClassUse use;
  std::map<std::pair<CallPath, unsigned>, std::size_t> position;
  double run_delay_ns = 0;
  std::map<Waiting, double> wait_by_kind;
  std::map<LockId, double> contentions_by_lock;
  std::vector<double> samples_by_lock;  // of holds
  std::map<std::uint32_t, std::uint64_t> wait_cells;
  std::map<std::size_t, std::map<std::uint32_t, std::uint64_t>> hold_cells;  // by part
  trace::DistinctRegisters threads_that_took{};

  PartUse& part(CallPath path, unsigned changes) { return use.parts[index_of_part(path, changes)]; }
  std::size_t index_of_part(CallPath path, unsigned changes) {
    const auto [found, is_new] = position.try_emplace({path, changes}, use.parts.size());
    if (is_new) {
      use.parts.emplace_back();
      use.parts.back().path = path;
      use.parts.back().changes = changes;
    }
    return found->second;
  }
};

class UseBuilder {
 public:
  UseBuilder(const LabelledRun& run, const Taxonomy& taxonomy, std::span<const Change> changes)
      : run_(run), taxonomy_(taxonomy), changes_(changes) {}

  void add_waits() {
    const WaitTable& waits = run_.run.waits;
    for (std::size_t row = 0; row < waits.size(); ++row) {
      const WaitSums& sums = waits.sums[row];
      if (sums.contentions == 0) continue;
      const WaitLabels& labels = run_.labels[row];
      const WaitKey& key = waits.keys[row];
      ClassBuilder& builder = at(labels.lock_class);
      const bool reads = (key.flags & kRead) != 0;
      PartUse& part = builder.part(labels.path, selected(labels.lock_class, labels.path, labels.taker, reads));
      part.contentions += static_cast<double>(sums.contentions);
      part.wait_ns += static_cast<double>(sums.wait_ns);
      builder.wait_by_kind[waiting_of(key.flags)] += static_cast<double>(sums.wait_ns);
      builder.run_delay_ns += static_cast<double>(sums.run_delay_ns);
      builder.contentions_by_lock[key.lock] += static_cast<double>(sums.contentions);
      for (const WaitCell& cell : waits.cells_of(row)) builder.wait_cells[cell.bucket] += cell.count;
    }
  }

  void add_level2() {
    const AcquisitionCounts counts(run_.run, taxonomy_);
    for (const AcquiredCall& acquired : acquired_calls(run_.run, taxonomy_)) {
      const CallCount& call = run_.run.calls[acquired.row];
      const unsigned changes = selected(acquired.lock_class, acquired.path, call.function, false);
      at(acquired.lock_class).part(acquired.path, changes).acquisitions += static_cast<double>(call.calls);
    }
    for (const HeldSpan& span : held_spans(run_.run, taxonomy_)) add_hold(span);
    for (const HeldLock& held : run_.run.held_locks)
      if (const auto lock_class = class_of(held, taxonomy_))
        at(*lock_class).samples_by_lock.push_back(static_cast<double>(held.samples));
    for (auto& [lock_class, builder] : builders_) {
      const auto counted = counts.of(lock_class);
      // An importer may know acquisitions and not on which paths: enough where all paths are treated alike.
      const bool needs_paths =
          std::any_of(changes_.begin(), changes_.end(), [](const Change& change) { return !change.path.is_all(); });
      builder.use.knows_acquisitions =
          counted && !counted->at_least && (run_.run.facts.knows.acquisition_paths || !needs_paths);
    }
    if (run_.holders.size() == run_.run.holders.size())
      for (std::size_t i = 0; i < run_.holders.size(); ++i) add_pair(i);
  }

  void add_events(const EventTable& events) {
    std::map<ClassId, std::map<LockId, std::vector<SingleWait>>> by_lock;
    std::map<ClassId, std::set<ThreadId>> threads;
    std::map<ClassId, std::map<std::size_t, std::set<ThreadId>>> threads_of_parts;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const WaitLabels& labels = events.labels_of(i);
      const std::uint8_t flags = events.kinds->run.waits.keys[events.kind[i]].flags;
      const auto found = builders_.find(labels.lock_class);
      if (found == builders_.end() || is_untimed(flags) || events.wait_ns[i] > events.end_ns[i]) continue;
      threads[labels.lock_class].insert(events.thread[i]);
      const unsigned changes = selected(labels.lock_class, labels.path, labels.taker, (flags & kRead) != 0);
      if (const auto part = found->second.position.find({labels.path, changes}); part != found->second.position.end())
        threads_of_parts[labels.lock_class][part->second].insert(events.thread[i]);
      // One that stands for others has left out what came between.
      if (events.weight[i] != 1) continue;
      by_lock[labels.lock_class][events.lock_of(i)].push_back(
          {events.end_ns[i] - events.wait_ns[i], events.end_ns[i], static_cast<std::uint32_t>(events.thread[i])});
    }
    for (auto& [lock_class, builder] : builders_) {
      builder.use.threads = static_cast<double>(threads[lock_class].size());
      for (const auto& [part, of_part] : threads_of_parts[lock_class])
        builder.use.parts[part].threads = static_cast<double>(of_part.size());
      take_single_waits(builder.use, by_lock[lock_class]);
    }
  }

  std::vector<ClassUse> take() && {
    std::vector<ClassUse> classes;
    for (auto& [lock_class, builder] : builders_) {
      finish(builder);
      classes.push_back(std::move(builder.use));
    }
    std::stable_sort(classes.begin(), classes.end(),
                     [](const ClassUse& a, const ClassUse& b) { return a.wait_ns() > b.wait_ns(); });
    return classes;
  }

 private:
  ClassBuilder& at(ClassId lock_class) {
    ClassBuilder& builder = builders_[lock_class];
    builder.use.id = lock_class;
    return builder;
  }

  // Bits of those changes that avoid or shorten what is done on this path.
  [[nodiscard]] unsigned selected(ClassId lock_class, CallPath path, FunctionId function, bool reads) const {
    unsigned bits = 0;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const Change& change = changes_[i];
      if (change.kind == ChangeKind::kSplit || !change.locks.meets(taxonomy_.at(lock_class))) continue;
      if (change.path.readers_only && !reads) continue;
      if (change.path.path && *change.path.path != path) continue;
      if (!change.path.function.empty() &&
          change.path.function != without_compiler_suffix(run_.run.dictionaries.at(function).symbol))
        continue;
      bits |= 1U << i;
    }
    return bits;
  }

  void add_hold(const HeldSpan& span) {
    const HoldSample& hold = run_.run.holds[span.row];
    const std::string symbol(without_compiler_suffix(run_.run.dictionaries.at(hold.function).symbol));
    ClassBuilder& builder = at(span.lock_class);
    // Owners are held from lock_sock_nested() to release_sock(); lock profiles of FreeBSD know their locks by name.
    // Everything else is the span of a function that may take many.
    builder.use.knows_holds = symbol == "lock_sock_nested" || symbol.starts_with("lock:") || span.is_the_lock;
    const std::size_t index =
        builder.index_of_part(span.path, selected(span.lock_class, span.path, hold.function, false));
    PartUse& part = builder.use.parts[index];
    part.holds += static_cast<double>(hold.weight);
    part.hold_ns += static_cast<double>(hold.hold_ns);
    part.off_cpu_ns += static_cast<double>(hold.off_cpu_ns);
    builder.use.knows_off_cpu = run_.run.facts.knows_off_cpu;
    merge_distinct(hold.threads, builder.threads_that_took);
    for (const WaitCell& cell : hold.cells) builder.hold_cells[index][cell.bucket] += cell.count;
  }

  void add_pair(std::size_t row) {
    const HolderLabels& labels = run_.holders[row];
    const HolderSum& sum = run_.run.holders[row];
    const auto found = builders_.find(labels.lock_class);
    if (found == builders_.end()) return;
    PairUse pair;
    // Readers and functions of waiters are not told here: waits of a path are alike.
    pair.waiter = found->second.index_of_part(labels.waiter, selected(labels.lock_class, labels.waiter, {}, false));
    if (labels.holder)
      pair.holder = found->second.index_of_part(*labels.holder,
                                                selected(labels.lock_class, *labels.holder, labels.function, false));
    pair.in_softirq = sum.holder == KernelStack::kInterrupt;
    pair.contentions = static_cast<double>(sum.waits);
    pair.wait_ns = static_cast<double>(sum.wait_ns);
    found->second.use.pairs.push_back(pair);
  }

  // The busiest lock stands for its class: one lock at a time is what waits tell.
  static void take_single_waits(ClassUse& use, std::map<LockId, std::vector<SingleWait>>& by_lock) {
    double all = 0;
    for (auto& [lock, waits] : by_lock) {
      if (lock == kNoLock) continue;
      SingleWaits single = single_waits(waits);
      all += single.wait_ns;
      if (single.wait_ns > use.single.wait_ns) use.single = std::move(single);
    }
    // Classes that are told by stacks, which most waits lack, are in few single waits.
    const double wait_ns = use.wait_ns();
    use.single_share = wait_ns > 0 ? std::min(1.0, use.single.wait_ns / wait_ns) : 0;
    if (all < kMostOfWait * wait_ns) use.single_share = 0;
  }

  // Of even use that two acquisitions meet in as often: 1 / Σp². Without bias where samples are few (Simpson 1949).
  static std::optional<double> locks_in_use(const std::vector<double>& samples_by_lock) {
    double all = 0, pairs = 0;
    for (const double samples : samples_by_lock) {
      all += samples;
      pairs += samples * (samples - 1);
    }
    if (pairs <= 0) return std::nullopt;
    return all * (all - 1) / pairs;
  }

  static double locks_waited_for(const std::map<LockId, double>& contentions_by_lock) {
    double roots = 0, sum = 0;
    for (const auto& [lock, contentions] : contentions_by_lock) {
      // A bucket's waits go with the square of its use.
      roots += std::sqrt(contentions);
      sum += contentions;
    }
    return sum > 0 ? roots * roots / sum : 1;
  }

  void finish(ClassBuilder& builder) const {
    ClassUse& use = builder.use;
    use.lock_class = taxonomy_.at(use.id);
    double most = -1;
    for (const auto& [waiting, wait_ns] : builder.wait_by_kind)
      if (wait_ns > most) {
        most = wait_ns;
        use.waiting = waiting;
      }
    use.threads_that_took = count_distinct(builder.threads_that_took);
    use.locks = locks_in_use(builder.samples_by_lock).value_or(locks_waited_for(builder.contentions_by_lock));
    if (run_.run.facts.knows_run_delay) use.run_delay_ns = builder.run_delay_ns;
    for (const auto& [part, cells] : builder.hold_cells)
      for (const auto& [bucket, count] : cells) use.parts[part].hold_cells.push_back({bucket, count});
    double long_ns = kLongWait_ns;
    if (use.single.hand_offs_ns.size() >= kMinHandOffs) {
      auto hand_offs = use.single.hand_offs_ns;
      const auto middle = hand_offs.begin() + static_cast<std::ptrdiff_t>(hand_offs.size() / 2);
      std::nth_element(hand_offs.begin(), middle, hand_offs.end());
      long_ns = std::max(long_ns, kLongWaitHandOffs * *middle);
    }
    double all_ns = 0, long_wait_ns = 0;
    for (const auto& [bucket, count] : builder.wait_cells) {
      const double ns = bucket_middle(bucket) * static_cast<double>(count);
      all_ns += ns;
      if (bucket_middle(bucket) > long_ns) long_wait_ns += ns;
    }
    use.long_wait_ns = all_ns > 0 ? long_wait_ns / all_ns * use.wait_ns() : 0;
    // Where only sums are known, by their mean, beside that of holds.
    double holds = 0, hold_ns = 0;
    for (const PartUse& part : use.parts) {
      holds += part.holds;
      hold_ns += part.hold_ns;
    }
    if (use.knows_holds && holds > 0) long_ns = std::max(long_ns, kLongWaitHandOffs * hold_ns / holds);
    if (all_ns <= 0 && use.wait_ns() > long_ns * use.contentions()) use.long_wait_ns = use.wait_ns();
  }

  const LabelledRun& run_;
  const Taxonomy& taxonomy_;
  std::span<const Change> changes_;
  std::map<ClassId, ClassBuilder> builders_;
};

// Successive blocks of intervals, of touched classes or, without a change, of all.
std::vector<double> block_rates(const LabelledRun& run, const Taxonomy& taxonomy, std::span<const Change> changes,
                                WorkUnit unit) {
  constexpr std::size_t kBlocks = 8;
  const auto& intervals = run.run.intervals;
  const std::size_t blocks = std::min(kBlocks, intervals.size());
  std::vector<double> wait_ns(blocks), work(blocks);
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const std::size_t block = i * blocks / intervals.size();
    work[block] += work_in(run.run, intervals[i], unit);
    for (const IntervalWait& wait : run.run.waits_of(intervals[i])) {
      const LockClass& lock_class = taxonomy.at(run.labels[wait.row].lock_class);
      if (changes.empty() || std::any_of(changes.begin(), changes.end(),
                                         [&](const Change& change) { return change.locks.meets(lock_class); }))
        wait_ns[block] += static_cast<double>(wait.wait_ns);
    }
  }
  std::vector<double> rates;
  for (std::size_t i = 0; i < blocks; ++i)
    if (work[i] > 0) rates.push_back(wait_ns[i] / work[i]);
  return rates;
}

}  // namespace

RunUse measure_use(const LabelledRun& run, const EventTable* events, const Taxonomy& taxonomy,
                   std::span<const Change> changes, WorkUnit unit) {
  RunUse use;
  use.path = run.run.path;
  use.duration_ns = static_cast<double>(run.run.duration_ns());
  use.work = work_in(run.run, unit);
  use.cpus = run.run.facts.host.cpus_online;
  use.cpu_busy_ns = static_cast<double>(run.run.work.cpu_busy_ns);
  use.steal_ns = static_cast<double>(run.run.steal_ns);
  if (run.run.cpu_pressure_ns && use.duration_ns > 0)
    use.pressure = static_cast<double>(*run.run.cpu_pressure_ns) / use.duration_ns;
  use.spinlock_mode = run.run.facts.spinlock_mode;
  use.level = run.run.facts.level;
  use.intervals = run.run.intervals.size();
  double lost = 0, contentions = 0;
  for (const Loss& loss : run.run.losses) {
    const trace::LossInfo* info = trace::find_loss(loss.reason);
    if (info != nullptr && info->severity == trace::LossSeverity::kTotals) lost += static_cast<double>(loss.count);
  }
  for (const WaitSums& sums : run.run.waits.sums) contentions += static_cast<double>(sums.contentions);
  // A few in thousands change nothing.
  use.lost_totals = lost > kMostLost * contentions;
  use.why_no_holds = holds_why_not(run.run);
  use.knows_holders = use.why_no_holds.empty();
  UseBuilder builder(run, taxonomy, changes);
  builder.add_waits();
  builder.add_level2();
  // Without the short ones, neither what came between two waits nor who else waited is known.
  if (events != nullptr && run.run.facts.min_wait_ns == 0) builder.add_events(*events);
  use.classes = std::move(builder).take();
  use.block_rates = block_rates(run, taxonomy, changes, unit);
  return use;
}

}  // namespace socklock::analyzer
