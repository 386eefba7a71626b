// SPDX-License-Identifier: GPL-2.0-or-later
// What other tools recorded, made a trace. The trace names its origin, and says in its notes what it can't know.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "base/result.h"
#include "proto/trace_writer.h"

namespace socklock::imports {

class KernelSymbols;

struct ImportOptions {
  std::string label;
  std::string input_name;                  // for messages
  double duration_seconds = 0;             // of what was measured, where the input does not say: 0: not known
  const KernelSymbols* symbols = nullptr;  // for frames that are printed as addresses; outlives the import
};

struct ImportResult {
  std::uint64_t contentions = 0;
  std::uint64_t lost = 0;     // waits that are missing
  std::uint64_t skipped = 0;  // lines that are of no lock event
};

// The text of `perf script` of a recording by `perf lock record`, of any length: it is read once, and only half a
// second of it is held.
Result<ImportResult> import_perf_script(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);
// The output of `perf lock contention -x SEPARATOR`, by caller or (-l) by lock: sums, no distribution.
Result<ImportResult> import_perf_lock_csv(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);
// /proc/lock_stat.
Result<ImportResult> import_lock_stat(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);
// What collector/dtrace/*.d printed on FreeBSD (docs/freebsd.md), of any length: it is read once, and only a second
// of it is held.
Result<ImportResult> import_dtrace(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);
// What FreeBSD's lockstat -p printed: sums by lock and caller, or stack.
Result<ImportResult> import_lockstat(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);
// FreeBSD's debug.lock.prof.stats: sums and acquisitions by lock and line of source.
Result<ImportResult> import_lock_prof(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);

}  // namespace socklock::imports
