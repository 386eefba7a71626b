// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/export.h"

#include <fmt/format.h>

#include <QFileInfo>
#include <QSaveFile>

#include "analyzer/render/compare_html.h"
#include "analyzer/render/compare_text.h"
#include "analyzer/render/pdf.h"
#include "analyzer/render/report.h"

namespace socklock::gui {
namespace {

Error unknown(const QString& ending) {
  return {"no report format of this name", "'" + ending.toStdString() + "'",
          "name the file .html, .pdf, .md, .txt, .json or .csv", ExitCode::kUsage};
}

Result<std::string> comparison(const Findings& findings, const QString& ending) {
  const auto& result = findings.comparison;
  const auto& taxonomy = findings.taxonomy;
  if (ending == QStringLiteral("html")) return analyzer::compare_html(result, taxonomy);
  if (ending == QStringLiteral("pdf")) return analyzer::pdf_of(analyzer::compare_html(result, taxonomy));
  if (ending == QStringLiteral("md")) return analyzer::compare_md(result, taxonomy, 0);
  if (ending == QStringLiteral("txt")) return analyzer::compare_text(result, taxonomy, 0);
  if (ending == QStringLiteral("json")) return analyzer::compare_json(result, taxonomy);
  if (ending == QStringLiteral("csv")) return analyzer::compare_csv(result, taxonomy);
  return fail(unknown(ending));
}

Result<std::string> one_side(const Findings& findings, const QString& ending) {
  if (findings.filtered_before.size() != 1)
    return fail({"a report of one side is of one run, and several are open", "",
                 "open one of them alone, or put some on the side after", ExitCode::kUsage});
  const analyzer::LabelledRun& run = findings.filtered_before.front();
  analyzer::ReportOptions options;
  options.limit = 0;
  options.from_events = findings.isFromEvents();
  for (const auto& [kind, value] : analyzer::conditions(findings.question.filter))
    options.filter.push_back(fmt::format("{} {}", kind, value));
  const auto& taxonomy = findings.taxonomy;
  if (ending == QStringLiteral("html")) return analyzer::report_html(run, taxonomy, options);
  if (ending == QStringLiteral("pdf")) return analyzer::pdf_of(analyzer::report_html(run, taxonomy, options));
  if (ending == QStringLiteral("md")) return analyzer::report_md(run, taxonomy, options);
  if (ending == QStringLiteral("txt")) return analyzer::report_text(run, taxonomy, options);
  if (ending == QStringLiteral("json")) return analyzer::report_json(run, taxonomy, options);
  if (ending == QStringLiteral("csv")) return analyzer::report_csv(run, taxonomy, options);
  return fail(unknown(ending));
}

}  // namespace

Result<void> exportReport(const Findings& findings, const QString& file) {
  const QString ending = QFileInfo(file).suffix().toLower();
  SOCKLOCK_TRY_ASSIGN(const std::string text,
                      findings.isComparison() ? comparison(findings, ending) : one_side(findings, ending));
  QSaveFile out(file);
  const auto size = static_cast<qint64>(text.size());
  if (!out.open(QIODevice::WriteOnly) || out.write(text.data(), size) != size || !out.commit())
    return fail({"cannot write: " + out.errorString().toStdString(), "'" + file.toStdString() + "'", "",
                 ExitCode::kNotPermitted});
  return {};
}

}  // namespace socklock::gui
