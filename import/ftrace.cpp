// SPDX-License-Identifier: GPL-2.0-or-later
// ftrace's file `trace`, and the text of `trace-cmd report`.
#include "import/event_import.h"
#include "import/importers.h"

namespace socklock::imports {
namespace {

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return import_events(
      kFtrace, "trace-cmd record -e lock:contention_begin -e lock:contention_end -T COMMAND, then trace-cmd report -t",
      in, options, writer);
}

// ftrace names events without their system.
bool recognises(std::string_view head) {
  const bool has_event = head.find(" contention_begin: ") != std::string_view::npos ||
                         head.find(" contention_end: ") != std::string_view::npos;
  return has_event || head.starts_with("# tracer: ");
}

}  // namespace

const Importer kFtrace{
    .name = "ftrace",
    .reads = "ftrace's trace, or text of trace-cmd report, with contention_begin and _end",
    .recognises = recognises,
    .import = import_text,
    .knows = {.duration = false, .work = false, .acquisitions = false, .acquisition_paths = false, .holds = false}};

}  // namespace socklock::imports
