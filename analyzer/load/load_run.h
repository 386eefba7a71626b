// SPDX-License-Identifier: GPL-2.0-or-later
// A trace file into a Run.
#pragma once

#include <string>

#include "analyzer/load/run.h"
#include "base/result.h"

namespace socklock::analyzer {

// Where the rows of Run::waits come from.
enum class RowSource {
  kSummaries,  // exact whatever was lost, without threads
  kEvents,     // single events, weighted: with threads, but without those that were lost
};

// What could be read of a damaged trace is returned, with the damage listed. Errors: the file can't be
// read, is no trace, is of a newer major version, or holds no header at all.
Result<Run> load_run(const std::string& path, RowSource source = RowSource::kSummaries);

}  // namespace socklock::analyzer
