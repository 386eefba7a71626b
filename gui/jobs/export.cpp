// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/export.h"

#include <fmt/format.h>

#include <QBuffer>
#include <QFileInfo>
#include <QImageWriter>
#include <QSaveFile>

#include "analyzer/document/compare.h"
#include "analyzer/document/report.h"
#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/conditions.h"
#include "analyzer/render/formats.h"

namespace socklock::gui {
namespace {

analyzer::ReportOptions reportOptions(const Findings& findings) {
  analyzer::ReportOptions options;
  options.limit = 0;
  options.from_events = findings.isFromEvents();
  options.filter = analyzer::condition_texts(findings.question.filter);
  return options;
}

Result<analyzer::Document> documentOf(const Findings& findings, analyzer::Detail detail) {
  if (findings.isComparison()) return analyzer::compare_document(findings.comparison, findings.taxonomy, detail, 0);
  if (findings.filtered_before.size() != 1)
    return fail({"a report of one side is of one run, and several are open", "",
                 "open one of them alone, or put some on the side after", ExitCode::kUsage});
  return analyzer::report_document(findings.filtered_before.front(), findings.taxonomy, reportOptions(findings),
                                   detail);
}

// With call stacks by class and path, which other reports do without.
Result<analyzer::Document> interactiveDocument(const Findings& findings) {
  SOCKLOCK_TRY_ASSIGN(analyzer::Document document, documentOf(findings, analyzer::kInteractiveFormat.detail));
  if (!findings.isComparison()) {
    analyzer::add_interactive_data(findings.filtered_before.front(), findings.taxonomy, reportOptions(findings),
                                   document);
    return document;
  }
  analyzer::Comparison comparison = findings.comparison;
  const auto after = analyzer::filtered(findings.runs->after, findings.taxonomy, findings.question.filter);
  const analyzer::Side sides[] = {analyzer::measure_side(findings.filtered_before, findings.taxonomy, comparison.unit),
                                  analyzer::measure_side(after, findings.taxonomy, comparison.unit)};
  comparison.class_path_stacks = analyzer::stacks_by_class_path(sides[0], sides[1]);
  analyzer::add_interactive_data(comparison, findings.taxonomy, document);
  return document;
}

}  // namespace

Result<void> writeWhole(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  // commit() alone says nothing of what was still in the buffer.
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.flush() || !out.commit())
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

namespace {

Result<const analyzer::Format*> formatOf(const QString& file) {
  const analyzer::Format* const format = analyzer::format_of_file(file.toStdString());
  if (format == nullptr)
    return fail({"no report format has this ending", "'" + file.toStdString() + "'",
                 fmt::format("end the name in .{}", fmt::join(analyzer::format_endings(), ", .")), ExitCode::kUsage});
  return format;
}

}  // namespace

Result<void> exportDocument(const analyzer::Document& document, const QString& file) {
  SOCKLOCK_TRY_ASSIGN(const analyzer::Format* const format, formatOf(file));
  SOCKLOCK_TRY_ASSIGN(const std::string text, format->render(document));
  return writeWhole(file, QByteArray::fromStdString(text));
}

Result<void> exportReport(const Findings& findings, const QString& file, PageKindOfHtml html) {
  SOCKLOCK_TRY_ASSIGN(const analyzer::Format* const format, formatOf(file));
  const bool is_interactive = html == PageKindOfHtml::kInteractive && format->name == analyzer::kInteractiveFormat.name;
  SOCKLOCK_TRY_ASSIGN(const analyzer::Document document,
                      is_interactive ? interactiveDocument(findings) : documentOf(findings, format->detail));
  SOCKLOCK_TRY_ASSIGN(const std::string text,
                      is_interactive ? analyzer::kInteractiveFormat.render(document) : format->render(document));
  return writeWhole(file, QByteArray::fromStdString(text));
}

Result<QStringList> exportFor(const analyzer::Exporter& exporter, const Findings& findings, const QString& file) {
  analyzer::ExportRequest request{.taxonomy = findings.taxonomy, .sides = {}, .paths = {}};
  request.filter = findings.question.filter;
  request.unit = findings.question.unit;
  request.paths = findings.runs->before_paths;
  const bool is_comparison = findings.isComparison();
  request.sides.push_back({is_comparison ? "before" : "", findings.filtered_before});
  if (is_comparison)
    request.sides.push_back(
        {"after", analyzer::filtered(findings.runs->after, findings.taxonomy, findings.question.filter)});
  SOCKLOCK_TRY_ASSIGN(const auto files, exporter.run(request));
  QStringList written;
  for (const analyzer::ExportFile& one : files) {
    const std::string path =
        files.size() == 1 ? file.toStdString() : analyzer::path_for_side(file.toStdString(), one.side);
    SOCKLOCK_TRY(writeWhole(QString::fromStdString(path), QByteArray::fromStdString(one.bytes)));
    written.append(QString::fromStdString(path));
  }
  return written;
}

}  // namespace socklock::gui
