// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/cli/work_line.h"
#include "analyzer/document/report.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/redact.h"
#include "analyzer/measure/conditions.h"
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
  SOCKLOCK_TRY_ASSIGN(Taxonomy taxonomy, taxonomy_of(arguments));
  ReportOptions options;
  options.by = by_named(arguments.by);
  options.order = order_of(arguments.sort);
  options.limit = arguments.limit;
  // Summaries have no threads.
  options.from_events = arguments.from_events || (options.by && needs_events(*options.by));
  SOCKLOCK_TRY_ASSIGN(Filter filter, filter_of(arguments, taxonomy));
  options.from_events = options.from_events || filter.needs_events();
  SOCKLOCK_TRY_ASSIGN(const std::string path, only_trace(arguments));
  SOCKLOCK_TRY_ASSIGN(TwoSides sides, read_sides({path}, {}, taxonomy, arguments, filter,
                                                 options.from_events ? RowSource::kEvents : RowSource::kSummaries));
  WorkLine line("reporting");
  LabelledRun& run = sides.before.front();
  if (arguments.redact) Redaction().apply(run.run);
  options.filter = condition_texts(filter);
  taxonomy = rules_meeting(std::move(taxonomy), filter);
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  Document document = report_document(run, taxonomy, options, format->detail);
  if (format == &kInteractiveFormat) add_interactive_data(run, taxonomy, options, document);
  SOCKLOCK_TRY_ASSIGN(std::string text, format->render(document));
  line.end();
  return Outcome{std::move(text), exit_code_of(run.run, "report")};
}

}  // namespace socklock::analyzer
