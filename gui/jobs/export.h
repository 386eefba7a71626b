// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown as a file: a report by the renderers of the command line, or a profile for another tool.
#pragma once

#include <QString>

#include "gui/jobs/analysis.h"

namespace socklock::analyzer {
struct Exporter;
}  // namespace socklock::analyzer

namespace socklock::gui {

enum class PageKindOfHtml { kWithoutScript, kInteractive };

// The format follows the ending: html, pdf, md, txt, json, csv. The file is replaced when the new one is whole.
Result<void> exportReport(const Findings& findings, const QString& file,
                          PageKindOfHtml html = PageKindOfHtml::kWithoutScript);

// For another tool, of the waits that meet the filter; of two sides, where the format has a file each, their names are
// put into `file`. The names of what was written.
Result<QStringList> exportFor(const analyzer::Exporter& exporter, const Findings& findings, const QString& file);

}  // namespace socklock::gui
