// SPDX-License-Identifier: GPL-2.0-or-later
// Rows that `perf lock contention` and `perf lock report` print, as CSV or as tables: what their columns mean.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/aggregate_row.h"

namespace socklock::imports {

// Cells of a row by the name of their column: "contended", "total wait" (in ns), "type", "caller", "stacktrace",
// "address", "symbol", "pid", "comm", "owner", "cgroup", "name", "acquired".
using PerfLockRow = std::map<std::string, std::string, std::less<>>;

// The kernel's LCB_F_* bits by perf's word for them (tools/perf/builtin-lock.c). Of a reader or writer where perf did
// not say which, both bits; kFlagKindUnknown for a word that is not known.
std::uint8_t flags_of_perf_type(std::string_view type);

class PerfLockSums {
 public:
  explicit PerfLockSums(TraceBuilder& builder) : builder_(builder) {}

  // False where contended or total wait are missing or no numbers.
  bool add(const PerfLockRow& row);
  void count_lost(std::uint64_t lost);
  // Writes the trace; what the columns that were seen can't say is added to the header's notes.
  Result<ImportResult> finish(trace::v1::Header header, const ImportOptions& options, std::uint64_t skipped);

 private:
  void add_lock(const PerfLockRow& row, ImportedSums& sums);
  void add_thread(const PerfLockRow& row, const ImportedSums& sums);

  TraceBuilder& builder_;
  std::set<std::string, std::less<>> columns_;
  std::set<std::string> acquired_;  // functions that stand for acquisitions
  std::uint64_t lost_ = 0;
};

}  // namespace socklock::imports
