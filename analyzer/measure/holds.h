// SPDX-License-Identifier: GPL-2.0-or-later
// How long locks were held, by class and call path of the holder. Sampled: counts are of the holds that the
// samples stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/measure/wait_stats.h"
#include "proto/distinct_registers.h"

namespace socklock::analyzer {

struct HeldLock;
struct Run;

struct HoldStats {
  ClassId lock_class = kUnclassified;
  std::optional<CallPath> path;  // nothing: of all
  std::uint64_t samples = 0;
  WaitStats holds;               // `contentions` are holds, `wait_ns` is how long
  std::uint64_t backlog_ns = 0;  // of that: on segments that arrived in the meantime, before giving up
  std::uint64_t backlogs = 0;    // holds that had such
  // Of the hold time: holders did not run, preempted or asleep; nothing: not measured.
  std::optional<std::uint64_t> off_cpu_ns;
  trace::DistinctRegisters threads{};  // that held it, of those measured; all 0: not known
};

// One row of run.holds as holds of a class.
struct HeldSpan {
  std::size_t row = 0;
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;  // of the holder
  bool is_the_lock = false;          // it was held for that long, not by a function that may take others, too
};
// In the order of the rows.
std::vector<HeldSpan> held_spans(const Run& run, const Taxonomy& taxonomy);

// Nothing: the taxonomy has no class of such a table.
std::optional<ClassId> class_of(const HeldLock& held, const Taxonomy& taxonomy);

// Why hold times were not measured; empty where they were.
std::string holds_why_not(const Run& run);

// Classes (`by_path` false), or classes by call path; longest in all first.
std::vector<HoldStats> hold_stats(const Run& run, const Taxonomy& taxonomy, bool by_path);

}  // namespace socklock::analyzer
