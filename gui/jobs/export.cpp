// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/export.h"

#include <fmt/format.h>

#include <QBuffer>
#include <QFileInfo>
#include <QImageWriter>
#include <QSaveFile>

#include "analyzer/document/compare.h"
#include "analyzer/document/report.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/render/formats.h"

namespace socklock::gui {
namespace {

Result<analyzer::Document> documentOf(const Findings& findings, analyzer::Detail detail) {
  if (findings.isComparison()) return analyzer::compare_document(findings.comparison, findings.taxonomy, detail, 0);
  if (findings.filtered_before.size() != 1)
    return fail({"a report of one side is of one run, and several are open", "",
                 "open one of them alone, or put some on the side after", ExitCode::kUsage});
  analyzer::ReportOptions options;
  options.limit = 0;
  options.from_events = findings.isFromEvents();
  for (const auto& [kind, value] : analyzer::conditions(findings.question.filter))
    options.filter.push_back(fmt::format("{} {}", kind, value));
  return analyzer::report_document(findings.filtered_before.front(), findings.taxonomy, options, detail);
}

}  // namespace

Result<void> writeWhole(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit())
    return fail({"cannot write: " + out.errorString().toStdString(), "'" + file.toStdString() + "'", "",
                 ExitCode::kNotPermitted});
  return {};
}

Result<void> writePicture(const QString& file, const QPixmap& picture) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  const QByteArray ending = QFileInfo(file).suffix().toLatin1();
  const bool is_known = QImageWriter::supportedImageFormats().contains(ending.toLower());
  if (!picture.save(&buffer, is_known ? ending.constData() : "PNG"))
    return fail({"cannot make a picture of this kind", "'" + file.toStdString() + "'", "end the name in .png"});
  return writeWhole(file, bytes);
}

Result<void> exportReport(const Findings& findings, const QString& file) {
  const analyzer::Format* const format = analyzer::format_of_file(file.toStdString());
  if (format == nullptr)
    return fail({"no report format has this ending", "'" + file.toStdString() + "'",
                 fmt::format("end the name in .{}", fmt::join(analyzer::format_endings(), ", .")), ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const analyzer::Document document, documentOf(findings, format->detail));
  SOCKLOCK_TRY_ASSIGN(const std::string text, format->render(document));
  return writeWhole(file, QByteArray::fromStdString(text));
}

}  // namespace socklock::gui
