// SPDX-License-Identifier: GPL-2.0-or-later
// What importers of sums have in common: lockstat, LOCK_PROFILING, /proc/lock_stat, perf lock contention, klockstat.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>

#include "import/importer.h"
#include "import/trace_builder.h"

namespace socklock::imports {

// Waits of one lock, call stack and kind of which sums are known, and perhaps extremes. Ids are the builder's.
struct ImportedSums {
  std::uint64_t contentions = 0;
  std::uint64_t wait_ns = 0;
  std::optional<std::uint64_t> min_ns, max_ns;
  std::uint32_t lock = 0, stack = 0;
  std::uint8_t flags = 0;
  std::uint8_t context = 0;  // v1::Context
};

// The header of a trace of sums: `notes` say what it can't know; that nobody said how long was recorded comes last.
trace::v1::Header aggregate_header(const Importer& importer, const ImportOptions& options, std::uint32_t level,
                                   std::initializer_list<const char*> notes);

// Adds rows that come to these sums: more than one where a row can't hold so many waits. Their distribution stays
// empty, since it is not known; extremes that contradict the sum, as rounded figures may, are bent to it. False, and
// nothing is added, where there are more than kMostWaits: no machine has them.
inline constexpr std::uint64_t kMostWaits = std::uint64_t{1} << 38U;
bool add_sums(TraceBuilder& builder, const ImportedSums& sums);

// Writes all of the sums as one interval of the length that `options` say, or of one second that stands for an unknown
// length.
Result<ImportResult> finish_aggregates(TraceBuilder& builder, const trace::v1::Header& header,
                                       const ImportOptions& options, std::uint64_t lost, std::uint64_t skipped);

// States that calls of these were counted, by `method`.
void add_counting_probes(trace::v1::Header& header, const std::set<std::string>& functions, const char* method);

// Waits of which only sums are known, at most what a row holds.
trace::SummaryRow aggregate_row(std::uint32_t contentions, std::uint64_t wait_ns, std::optional<std::uint64_t> min_ns,
                                std::optional<std::uint64_t> max_ns);

}  // namespace socklock::imports
