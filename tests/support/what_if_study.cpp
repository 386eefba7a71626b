// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/what_if_study.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "base/wait_buckets.h"

namespace socklock::testing {
namespace {

using analyzer::CallPath;
using analyzer::ClassUse;
using analyzer::PartUse;
using analyzer::RunUse;
using analyzer::SingleWait;
using analyzer::WaitCell;

constexpr CallPath kPaths[] = {CallPath::kSetup, CallPath::kSend, CallPath::kReceive};

analyzer::Waiting waiting_of(WorldLock lock) {
  switch (lock) {
    case WorldLock::kSpin: return analyzer::Waiting::kSpinning;
    case WorldLock::kMutex: return analyzer::Waiting::kSleeping;
    case WorldLock::kOwner: break;
  }
  return analyzer::Waiting::kOwner;
}

unsigned bucket_of(double ns) { return socklock_wait_bucket(static_cast<std::uint64_t>(std::max(0.0, ns))); }

void add_visits(const WorldHistory& history, const Recording& recording, ClassUse& use) {
  std::map<unsigned, std::map<std::uint32_t, std::uint64_t>> cells;
  std::set<unsigned> threads;
  double run_delay_ns = 0;
  for (const WorldVisit& visit : history.visits) {
    if (!visit.took) continue;
    PartUse& part = use.parts[visit.path];
    threads.insert(visit.thread);
    if (recording.level2) {
      ++part.acquisitions;
      ++part.holds;
      part.hold_ns += visit.hold_ns;
      part.off_cpu_ns += recording.knows_off_cpu ? visit.hold_ns - visit.hold_cpu_ns : 0;
      ++cells[visit.path][bucket_of(visit.hold_ns)];
    }
    if (!visit.waited) continue;
    const auto wait_ns = static_cast<double>(visit.got_ns - visit.came_ns);
    ++part.contentions;
    part.wait_ns += wait_ns;
    run_delay_ns += visit.run_delay_ns;
    if (wait_ns > 1e6) use.long_wait_ns += wait_ns;
  }
  for (const auto& [path, counts] : cells)
    for (const auto& [bucket, count] : counts) use.parts[path].hold_cells.push_back(WaitCell{bucket, count});
  use.threads = static_cast<double>(threads.size());
  if (recording.knows_wake_ups) use.run_delay_ns = run_delay_ns;
}

// Of the busiest lock, in order of their end.
void add_single_waits(const WorldHistory& history, ClassUse& use) {
  std::map<unsigned, std::vector<SingleWait>> by_lock;
  for (const WorldVisit& visit : history.visits)
    if (visit.waited) by_lock[visit.lock].push_back({visit.came_ns, visit.got_ns, visit.thread});
  std::map<unsigned, double> contentions;
  for (auto& [lock, waits] : by_lock) {
    std::sort(waits.begin(), waits.end(), [](const SingleWait& a, const SingleWait& b) { return a.end_ns < b.end_ns; });
    const analyzer::SingleWaits single = analyzer::single_waits(waits);
    if (single.wait_ns > use.single.wait_ns) use.single = single;
  }
  use.single_share = use.wait_ns() > 0 ? use.single.wait_ns / use.wait_ns() : 0;
}

double locks_of(const WorldHistory& history) {
  std::map<unsigned, double> waits;
  for (const WorldVisit& visit : history.visits) waits[visit.lock] += visit.waited ? 1 : 0;
  double roots = 0, sum = 0;
  for (const auto& [lock, count] : waits) {
    roots += std::sqrt(count);
    sum += count;
  }
  return sum > 0 ? roots * roots / sum : 1;
}

std::vector<analyzer::Change> changes_of(const StudyCase& of) {
  using analyzer::Change;
  using analyzer::ChangeKind;
  std::vector<Change> changes;
  if (of.split > 1) changes.push_back({.kind = ChangeKind::kSplit, .locks = {"lock"}, .n = of.split});
  if (of.shorter > 1) changes.push_back({.kind = ChangeKind::kShorter, .locks = {"lock"}, .k = of.shorter});
  if (of.avoided_path >= 0)
    changes.push_back({.kind = ChangeKind::kAvoid, .locks = {"lock"}, .path = {.path = kPaths[of.avoided_path]}});
  return changes;
}

World changed(const StudyCase& of) {
  World after = of.before;
  after.locks = static_cast<unsigned>(after.locks * of.split);
  for (WorldPath& path : after.paths) path.hold_ns /= of.shorter;
  if (of.avoided_path >= 0) after.paths[static_cast<std::size_t>(of.avoided_path)].keep = 0;
  return after;
}

}  // namespace

analyzer::RunUse measured(const World& world, const WorldHistory& history, const Recording& recording) {
  RunUse run;
  run.duration_ns = history.elapsed_ns;
  run.work = static_cast<double>(history.visits.size());
  run.cpus = world.cpus == 0 ? recording.cpus_said : world.cpus;
  run.cpu_busy_ns = std::min(history.busy_ns, run.cpus * run.duration_ns);
  // Where each thread has a CPU, it has: the host has as many, and is not asked how busy they are.
  if (world.cpus == 0) {
    run.cpus = world.threads;
    run.cpu_busy_ns = 0;
  }
  if (recording.knows_pressure) run.pressure = history.pressure_ns / history.elapsed_ns;
  run.spinlock_mode = analyzer::SpinlockMode::kPv;
  run.level = recording.level2 ? 2 : 1;
  run.intervals = 10;
  ClassUse use;
  use.id = analyzer::ClassId{1};
  use.lock_class = {"lock", analyzer::Role::kOther, false};
  use.waiting = waiting_of(world.lock);
  use.parts.resize(world.paths.size());
  for (std::size_t i = 0; i < use.parts.size(); ++i) use.parts[i].path = kPaths[i];
  use.knows_acquisitions = use.knows_holds = recording.level2;
  use.knows_off_cpu = recording.knows_off_cpu;
  add_visits(history, recording, use);
  use.locks = locks_of(history);
  add_single_waits(history, use);
  run.classes.push_back(std::move(use));
  return run;
}

double StudyResult::ratio() const {
  if (truth <= 0) return estimated <= 0 ? 1 : 1e9;
  return estimated / truth;
}

bool StudyResult::within(double factor) const { return ratio() <= factor && ratio() >= 1 / factor; }

StudyResult study(const StudyCase& of, unsigned runs, std::uint64_t seed, std::uint64_t model_visits) {
  std::mt19937_64 random(seed);
  // Loads of real runs vary by some percent.
  std::lognormal_distribution<double> varies(0, 0.05);
  std::vector<RunUse> uses;
  const std::vector<analyzer::Change> changes = changes_of(of);
  for (unsigned run = 0; run < runs; ++run) {
    World world = of.before;
    world.seed = random();
    world.think_ns *= varies(random);
    const WorldHistory history = live(world);
    uses.push_back(measured(world, history, of.recording));
    for (ClassUse& use : uses.back().classes)
      for (std::size_t i = 0; i < use.parts.size(); ++i)
        use.parts[i].changes = of.shorter > 1 || static_cast<int>(i) == of.avoided_path ? 1 : 0;
  }
  World before = of.before, after = changed(of);
  before.seed = random();
  after.seed = random();
  before.visits *= 4;
  after.visits *= 4;
  StudyResult result{.name = of.name, .row = of.row};
  // Of avoid what is asked is what is left of the others' wait: that one's own ends, which needs no model.
  const auto wait_of = [&of](const WorldHistory& history) {
    return of.avoided_path >= 0 ? history.wait_per_visit(1U - static_cast<unsigned>(of.avoided_path))
                                : history.wait_per_visit();
  };
  result.truth = wait_of(live(after)) / wait_of(live(before));
  const analyzer::WhatIf estimate = analyzer::what_if(uses, changes, {.seed = 1, .visits = model_visits});
  result.refused = estimate.is_refused();
  if (result.refused) {
    result.reason = std::string(analyzer::name_of(estimate.refused.front().refusal.reason));
    return result;
  }
  result.is_closed = estimate.models.front().kind == analyzer::ModelKind::kClosedQueue;
  analyzer::Prospect left = estimate.touched_left;
  if (of.avoided_path >= 0)
    for (const analyzer::WhatIfRow& row : estimate.rows)
      if (row.path == kPaths[1 - of.avoided_path]) {
        left = row.after_ns;
        left.low /= row.before_ns;
        left.high /= row.before_ns;
        left.model.estimate /= row.before_ns;
      }
  result.estimated = left.model.estimate;
  result.low = left.low;
  result.high = left.high;
  return result;
}

namespace {

// Mean think time for which `threads` load one lock by `load`, were there no waits.
double think_for(unsigned threads, double hold_ns, double load) { return hold_ns * (threads / load - 1); }

// Think time grows with what a visit of all paths holds.
StudyCase base(unsigned row, bool level2, std::uint64_t visits, unsigned threads, double load) {
  StudyCase of;
  of.row = row;
  of.before.threads = threads;
  of.before.visits = visits;
  of.before.think_ns = think_for(threads, 1000, load);
  of.recording.level2 = level2;
  of.recording.cpus_said = threads;
  return of;
}

std::string name_of(const char* what, unsigned threads, double load, const StudyCase& of) {
  std::string name =
      std::string(what) + ", " + std::to_string(threads) + " threads, load " + std::to_string(load).substr(0, 4);
  if (of.split > 1) name += ", split " + std::to_string(static_cast<int>(of.split));
  if (of.shorter > 1) name += ", holds / " + std::to_string(static_cast<int>(of.shorter));
  if (of.avoided_path >= 0) name += ", avoid path " + std::to_string(of.avoided_path);
  return name;
}

// Every change for one world.
void add_changes(std::vector<StudyCase>& cases, const char* what, const StudyCase& of, double load) {
  StudyCase split2 = of, split8 = of, shorter = of;
  split2.split = 2;
  split8.split = 8;
  shorter.shorter = 4;
  for (StudyCase* one : {&split2, &split8, &shorter}) {
    one->name = name_of(what, of.before.threads, load, *one);
    cases.push_back(*one);
  }
}

void add_row_1(std::vector<StudyCase>& cases, bool level2, std::uint64_t visits) {
  for (const unsigned threads : {4U, 16U})
    for (const double load : {0.3, 0.7, 1.0}) {
      StudyCase even = base(1, level2, visits, threads, load), exponential = even, bursty = even;
      even.before.shape = HoldShape::kEven;
      bursty.before.bursty = true;
      add_changes(cases, "even holds", even, load);
      add_changes(cases, "exponential holds", exponential, load);
      if (threads == 16) add_changes(cases, "bursty", bursty, load);
    }
}

void add_rows_2_to_4(std::vector<StudyCase>& cases, bool level2, std::uint64_t visits) {
  for (const double load : {0.3, 0.7}) {
    StudyCase tail = base(2, level2, visits, 8, load);
    tail.before.shape = HoldShape::kHeavyTail;
    add_changes(cases, "heavy tail", tail, load);
    for (const WorldLock lock : {WorldLock::kMutex, WorldLock::kOwner}) {
      StudyCase sleeping = base(3, level2, visits, 8, load);
      sleeping.before.lock = lock;
      sleeping.before.wake_ns = 2000;
      sleeping.recording.knows_wake_ups = true;
      add_changes(cases, lock == WorldLock::kMutex ? "mutex, wake-ups known" : "owner, wake-ups known", sleeping, load);
      sleeping.row = 7;
      sleeping.recording.knows_wake_ups = false;
      add_changes(cases, lock == WorldLock::kMutex ? "mutex, wake-ups not known" : "owner, wake-ups not known",
                  sleeping, load);
    }
    StudyCase uneven = base(4, level2, visits, 8, load);
    uneven.before.uneven = 1;
    uneven.split = 8;
    uneven.name = name_of("uneven use", 8, load, uneven);
    cases.push_back(uneven);
  }
}

void add_row_5(std::vector<StudyCase>& cases, bool level2, std::uint64_t visits) {
  for (const double load : {0.3, 0.7, 0.95})
    for (const double ratio : {1.0, 8.0})
      for (const int avoided : {0, 1}) {
        StudyCase of = base(5, level2, visits, 8, load);
        of.before.paths = {{0.5, 2000 * ratio / (1 + ratio)}, {0.5, 2000 / (1 + ratio)}};
        of.avoided_path = avoided;
        of.name = name_of(ratio > 1 ? "long and short holds" : "equal holds", 8, load, of);
        cases.push_back(of);
      }
}

// More threads than CPUs: whoever is preempted in a hold makes others wait for milliseconds.
void add_row_6(std::vector<StudyCase>& cases, bool level2, std::uint64_t visits) {
  for (const WorldLock lock : {WorldLock::kMutex, WorldLock::kOwner})
    for (const unsigned threads : {8U, 16U})
      for (const double load : {0.3, 0.9}) {
        StudyCase of = base(6, level2, visits, threads, load);
        of.before.cpus = threads / 4;
        of.before.lock = lock;
        of.before.think_ns = think_for(of.before.cpus, 1000, load);
        add_changes(cases, lock == WorldLock::kMutex ? "overloaded mutex" : "overloaded owner", of, load);
        // With all that a recorder can say.
        of.recording.knows_wake_ups = of.recording.knows_off_cpu = of.recording.knows_pressure = true;
        add_changes(cases, lock == WorldLock::kMutex ? "overloaded mutex, all known" : "overloaded owner, all known",
                    of, load);
        StudyCase avoid = of;
        avoid.before.paths = {{0.5, 1000}, {0.5, 1000}};
        avoid.avoided_path = 0;
        avoid.name = name_of("overloaded", threads, load, avoid);
        cases.push_back(avoid);
      }
}

}  // namespace

std::vector<StudyCase> study_cases(bool level2, std::uint64_t visits) {
  std::vector<StudyCase> cases;
  add_row_1(cases, level2, visits);
  add_rows_2_to_4(cases, level2, visits);
  add_row_5(cases, level2, visits);
  add_row_6(cases, level2, visits);
  return cases;
}

}  // namespace socklock::testing
