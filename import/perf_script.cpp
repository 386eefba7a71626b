// SPDX-License-Identifier: GPL-2.0-or-later
// The text of `perf script`.
#include "import/event_import.h"
#include "import/importers.h"

namespace socklock::imports {
namespace {

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return import_events(
      kPerfScript,
      "perf script --header --ns -F comm,pid,tid,cpu,time,event,trace,ip,sym,dso -i FILE, of a recording "
      "by perf lock record",
      in, options, writer);
}

// The event's name, also in the header of a recording in which nothing waited; or, of other columns, its arguments.
bool recognises(std::string_view head) {
  const auto has = [head](const char* sign) { return head.find(sign) != std::string_view::npos; };
  if (has("lock:contention_begin") || has("lock:contention_end")) return true;
  return has(": 0x") && has(" (flags=") && !has(" contention_begin: ");
}

}  // namespace

const Importer kPerfScript{
    .name = "perf-script",
    .reads = "text of perf script, of a recording by perf lock record",
    .recognises = recognises,
    .import = import_text,
    .knows = {.duration = false, .work = false, .acquisitions = false, .acquisition_paths = false, .holds = false}};

}  // namespace socklock::imports
