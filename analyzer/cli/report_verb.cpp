// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/document/report.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/redact.h"
#include "analyzer/render/formats.h"

namespace socklock::analyzer {
namespace {

SliceOrder order_of(const std::string& sort) {
  if (sort == "contentions") return SliceOrder::kContentions;
  if (sort == "max") return SliceOrder::kMax;
  return sort == "name" ? SliceOrder::kName : SliceOrder::kWait;
}

}  // namespace

Result<Outcome> report_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  ReportOptions options;
  options.by = by_named(arguments.by);
  options.order = order_of(arguments.sort);
  options.limit = arguments.limit;
  // Summaries have no threads.
  options.from_events = arguments.from_events || options.by == By::kProcess;
  SOCKLOCK_TRY_ASSIGN(const std::string path, only_trace(arguments));
  SOCKLOCK_TRY_ASSIGN(Run loaded,
                      read_run(path, arguments, options.from_events ? RowSource::kEvents : RowSource::kSummaries));
  if (arguments.redact) Redaction().apply(loaded);
  const LabelledRun run = label(std::move(loaded), taxonomy);
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  SOCKLOCK_TRY_ASSIGN(std::string text, format->render(report_document(run, taxonomy, options, format->detail)));
  return Outcome{std::move(text), exit_code_of(run.run, "report")};
}

}  // namespace socklock::analyzer
