// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/redact.h"
#include "analyzer/render/pdf.h"
#include "analyzer/render/report.h"

namespace socklock::analyzer {
namespace {

SliceOrder order_of(const std::string& sort) {
  if (sort == "contentions") return SliceOrder::kContentions;
  if (sort == "max") return SliceOrder::kMax;
  return sort == "name" ? SliceOrder::kName : SliceOrder::kWait;
}

Result<std::string> rendered(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options,
                             const std::string& format) {
  if (format == "json") return report_json(run, taxonomy, options);
  if (format == "md") return report_md(run, taxonomy, options);
  if (format == "csv") return report_csv(run, taxonomy, options);
  if (format == "html") return report_html(run, taxonomy, options);
  if (format == "pdf") return pdf_of(report_html(run, taxonomy, options));
  return report_text(run, taxonomy, options);
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
  SOCKLOCK_TRY_ASSIGN(Run loaded, read_run(path, options.from_events ? RowSource::kEvents : RowSource::kSummaries));
  if (arguments.redact) Redaction().apply(loaded);
  const LabelledRun run = label(std::move(loaded), taxonomy);
  SOCKLOCK_TRY_ASSIGN(std::string text, rendered(run, taxonomy, options, arguments.format));
  return Outcome{std::move(text), exit_code_of(run.run, "report")};
}

}  // namespace socklock::analyzer
