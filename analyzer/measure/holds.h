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

namespace socklock::analyzer {

struct Run;

struct HoldStats {
  ClassId lock_class = kUnclassified;
  std::optional<CallPath> path;  // nothing: of all
  std::uint64_t samples = 0;
  WaitStats holds;               // `contentions` are holds, `wait_ns` is how long
  std::uint64_t backlog_ns = 0;  // of that: on segments that arrived in the meantime, before giving up
  std::uint64_t backlogs = 0;    // holds that had such
};

// One row of run.holds as holds of a class.
struct HeldSpan {
  std::size_t row = 0;
  ClassId lock_class = kUnclassified;
  CallPath path = CallPath::kOther;  // of the holder
};
// In the order of the rows.
std::vector<HeldSpan> held_spans(const Run& run, const Taxonomy& taxonomy);

// Why hold times were not measured; empty where they were.
std::string holds_why_not(const Run& run);

// Classes (`by_path` false), or classes by call path; longest in all first.
std::vector<HoldStats> hold_stats(const Run& run, const Taxonomy& taxonomy, bool by_path);

}  // namespace socklock::analyzer
