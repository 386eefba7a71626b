// SPDX-License-Identifier: GPL-2.0-or-later
// An importer: makes a trace of what another tool printed. It describes itself here once, for the command line, its
// help and completion, the manual, the analyzer and the tests; import/importers.h lists all.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "proto/origin.h"
#include "proto/trace_writer.h"

namespace socklock::imports {

class KernelSymbols;

struct ImportOptions {
  std::string label;
  std::string input_name;                          // for messages
  double duration_seconds = 0;                     // of what was measured; 0: not given
  std::map<std::string, std::uint64_t> work = {};  // what the load did, by the user's word: "connections", "binds", ...
  const KernelSymbols* symbols = nullptr;          // for frames that are printed as addresses; outlives the import
};

struct ImportResult {
  std::uint64_t contentions = 0;
  std::uint64_t lost = 0;     // waits that are missing
  std::uint64_t skipped = 0;  // lines that are of no lock event
  bool knows_duration = true;
};

struct Importer {
  const char* name;   // FORMAT of the command line, and the trace's origin
  const char* reads;  // half a line of help: "text of perf script, ..."
  // Whether a text that begins so is of this format. It never says so of another importer's text.
  bool (*recognises)(std::string_view head);
  // Reads the text once. Everything that it understands is in the trace, or it fails and says what it can't read.
  Result<ImportResult> (*import)(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer);
  // At most: a text may say less or more, and the trace's header has what it said.
  trace::Knows knows;
};

}  // namespace socklock::imports
