// SPDX-License-Identifier: GPL-2.0-or-later
// A trace file into a Run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "analyzer/load/cpu_choice.h"
#include "analyzer/load/time_range.h"
#include "base/result.h"

namespace socklock::analyzer {

struct Run;
struct RunFacts;

// Where the rows of Run::waits come from.
enum class RowSource {
  kSummaries,  // exact whatever was lost, without threads
  kEvents,     // single events, weighted: with threads, but without those that were lost
};

// Called often, with the bytes read so far, by one thread at a time; false gives up, which is error kCancelled.
using LoadProgress = std::function<bool(std::uint64_t bytes_read)>;
inline constexpr const char* kCancelled = "cancelled";

struct LoadOptions {
  RowSource source = RowSource::kSummaries;
  std::optional<TimeRange> range = std::nullopt;  // intervals whose middle, and events whose end, lies in it
  std::uint64_t min_wait_ns = 0;  // shorter ones of the events are left out; summaries have no single waits
  CpuChoice cpus = {};            // likewise of the events, those on other CPUs
  LoadProgress progress = {};
  unsigned threads = 0;            // that read it; 0: as many as it is worth. The run is the same with any number
  std::uint64_t budget_bytes = 0;  // what a trace may unpack to; 0: as much as its size allows (proto/trace_reader.h)
};

// What could be read of a damaged trace is returned, with the damage listed. Errors: the file can't be
// read, is no trace, is of a newer major version, or holds no header at all.
Result<Run> load_run(const std::string& path, RowSource source = RowSource::kSummaries);
Result<Run> load_run(const std::string& path, const LoadOptions& options);

// Of the header alone, as the recording began.
Result<RunFacts> load_facts(const std::string& path);

}  // namespace socklock::analyzer
