// SPDX-License-Identifier: GPL-2.0-or-later
// What importers of sums have in common: lockstat, LOCK_PROFILING, /proc/lock_stat, perf lock contention.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>

#include "import/importers.h"
#include "import/trace_builder.h"
#include "proto/rows.h"

namespace socklock::imports {

// The header of a trace of sums: `notes` say what it can't know; that nobody said how long was measured comes last.
trace::v1::Header aggregate_header(const std::string& origin, const ImportOptions& options, std::uint32_t level,
                                   std::initializer_list<const char*> notes);

// Writes all of the sums as one interval of the length that `options` say, one second if they don't.
Result<ImportResult> finish_aggregates(TraceBuilder& builder, const trace::v1::Header& header,
                                       const ImportOptions& options, std::uint64_t lost, std::uint64_t skipped);

// States that calls of these were counted, by `method`.
void add_counting_probes(trace::v1::Header& header, const std::set<std::string>& functions, const char* method);

// Waits of which only sums are known. Their distribution stays empty, since it is not known; extremes that
// contradict the sum, as rounded figures may, are bent to it.
trace::SummaryRow aggregate_row(std::uint32_t contentions, std::uint64_t wait_ns, std::optional<std::uint64_t> min_ns,
                                std::uint64_t max_ns);

}  // namespace socklock::imports
