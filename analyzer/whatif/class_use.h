// SPDX-License-Identifier: GPL-2.0-or-later
// What a run says of the use of one class of locks, as the model needs it. Plain numbers: where they come from is
// measure_use.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/load/facts.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "analyzer/whatif/hold_times.h"
#include "analyzer/whatif/single_waits.h"

namespace socklock::analyzer {

enum class Waiting : std::uint8_t {
  kSpinning,  // spinlocks and rwlocks: costs CPU, no waiter leaves its CPU
  kSleeping,  // mutexes, rwsems: in the order in which they came
  kOwner,     // of a socket: whoever comes first (Order::kFreeForAll)
};

// Of one call path and those changes that select it.
struct PartUse {
  CallPath path = CallPath::kOther;
  unsigned changes = 0;  // bit i: change i avoids or shortens what this part does
  double contentions = 0;
  double wait_ns = 0;
  double acquisitions = 0;
  double holds = 0;  // that those samples stand for
  double hold_ns = 0;
  double off_cpu_ns = 0;  // of hold_ns; where the class says that it is known
  std::vector<WaitCell> hold_cells{};
  double threads = 0;  // distinct ones that waited
};

// Waits of one part behind holders of another.
struct PairUse {
  std::size_t waiter = 0;               // of ClassUse::parts
  std::optional<std::size_t> holder{};  // nothing: not known who it was
  bool in_softirq = false;              // the holder was
  double contentions = 0;
  double wait_ns = 0;
};

struct ClassUse {
  ClassId id = kUnclassified;
  LockClass lock_class;
  Waiting waiting = Waiting::kSpinning;
  std::vector<PartUse> parts;
  std::vector<PairUse> pairs;
  bool knows_acquisitions = false;  // all of them, exactly, by path
  bool knows_holds = false;         // of the lock itself, not of the function around it
  bool knows_off_cpu = false;       // PartUse::off_cpu_ns
  double locks = 1;                 // of even use that would be waited for as much
  double threads = 0;               // distinct ones that waited for any of them
  std::optional<double> threads_that_took{};
  double long_wait_ns = 0;               // in waits too long for a hold that ran: see kLongWait in measure_use.cpp
  std::optional<double> run_delay_ns{};  // between being woken and running, of all waits
  SingleWaits single;                    // of its busiest lock, where single waits have this class without a doubt
  double single_share = 0;               // of the wait: what `single` covers

  [[nodiscard]] double contentions() const;
  [[nodiscard]] double wait_ns() const;
  [[nodiscard]] double acquisitions() const;
};

// One run.
struct RunUse {
  std::string path;
  double duration_ns = 0;
  double work = 0;  // in the unit that was asked for
  double cpus = 0;  // 0: not known
  double cpu_busy_ns = 0;
  double steal_ns = 0;
  std::optional<double> pressure{};  // share of time in which somebody waited for a CPU
  SpinlockMode spinlock_mode = SpinlockMode::kUnknown;
  unsigned level = 0;
  std::uint64_t intervals = 0;
  bool lost_totals = false;
  bool knows_holders = false;
  std::vector<ClassUse> classes;    // most wait first
  std::vector<double> block_rates;  // wait per unit of work in successive blocks of intervals, of touched classes
  std::string why_no_holds;         // in words; empty where holds were measured

  [[nodiscard]] const ClassUse* find(ClassId id) const;
  [[nodiscard]] double wait_ns() const;
};

}  // namespace socklock::analyzer
