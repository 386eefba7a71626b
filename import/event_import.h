// SPDX-License-Identifier: GPL-2.0-or-later
// What importers of single events have in common: perf script, trace-cmd report, ftrace's trace.
#pragma once

#include <istream>

#include "import/importer.h"

namespace socklock::imports {

// Reads the text once, holding half a second of it. `way_out` says how to get a text that can be imported.
Result<ImportResult> import_events(const Importer& importer, const char* way_out, std::istream& in,
                                   const ImportOptions& options, trace::TraceWriter& writer);

}  // namespace socklock::imports
