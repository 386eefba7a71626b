// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown as a file: a report by the renderers of the command line, or a profile for another tool.
#pragma once

#include <QByteArray>
#include <QPixmap>
#include <QString>

#include "gui/jobs/analysis.h"

namespace socklock::analyzer {
struct Document;
struct Exporter;
}  // namespace socklock::analyzer

namespace socklock::gui {

// The one way in which the viewer writes a file that a user named: it is replaced when the new one is whole.
Result<void> writeWhole(const QString& file, const QByteArray& bytes);
// As PNG, or what the ending says.
Result<void> writePicture(const QString& file, const QPixmap& picture);

enum class PageKindOfHtml { kWithoutScript, kInteractive };

// The format follows the ending: html, pdf, md, txt, json, csv. The file is replaced when the new one is whole.
Result<void> exportReport(const Findings& findings, const QString& file,
                          PageKindOfHtml html = PageKindOfHtml::kWithoutScript);

// Likewise of a document that is as it is for every format.
Result<void> exportDocument(const analyzer::Document& document, const QString& file);

// For another tool, of the waits that meet the filter; of two sides, where the format has a file each, their names are
// put into `file`. The names of what was written.
Result<QStringList> exportFor(const analyzer::Exporter& exporter, const Findings& findings, const QString& file);

}  // namespace socklock::gui
