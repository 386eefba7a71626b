// SPDX-License-Identifier: GPL-2.0-or-later
// Waits by row and minute (or any other period) of the wall clock, whole: with extremes and histogram, which
// Run::interval_waits leave out; and what else intervals say, by the same periods. For traces that are rolled up.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/load/flat_index.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/wait_table.h"

namespace socklock::analyzer {

struct RunFacts;

struct PeriodWait {
  std::uint64_t period = 0;  // number of the period since 1970
  std::uint32_t row = 0;     // of Run::waits
  WaitSums sums;
  std::vector<WaitCell> cells;  // ascending buckets
};

struct PeriodCosts {
  std::uint64_t lost_totals = 0;   // waits that are missing from sums
  std::uint64_t lost_details = 0;  // waits of which details are missing
  std::uint64_t recorder_cpu_ns = 0;
  std::uint64_t bpf_ns = 0;  // in the recorder's programs, as well as it is known
};

struct Periods {
  std::uint64_t length_ns = 0;  // of each
  std::vector<PeriodWait> waits;
  std::map<std::uint64_t, PeriodCosts> costs;
};

// The period that an interval of the recording belongs to: where its middle lies, by the clock of the recorded host.
std::uint64_t period_of(const RunFacts& facts, std::uint64_t begin_ns, std::uint64_t end_ns, std::uint64_t length_ns);

// As load_run() of summaries, and `periods`, whose length is set, besides.
Result<Run> load_run(const std::string& path, const LoadOptions& options, Periods& periods);

class PeriodWaitsBuilder {
 public:
  void add(std::uint64_t period, std::uint32_t row, const WaitSums& sums);
  void add_cell(std::uint64_t period, std::uint32_t row, std::uint32_t bucket, std::uint64_t count);
  [[nodiscard]] std::size_t size() const { return waits_.size() + cell_counts_.size(); }
  std::vector<PeriodWait> build() &&;

 private:
  std::uint32_t number(std::uint64_t period, std::uint32_t row);

  FlatIndex numbers_, cells_;
  std::vector<PeriodWait> waits_;
  std::vector<std::uint64_t> cell_counts_;
};

}  // namespace socklock::analyzer
