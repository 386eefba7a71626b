// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown as a report in a file, by the renderers of the command line.
#pragma once

#include <QByteArray>
#include <QPixmap>
#include <QString>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

// The one way in which the viewer writes a file that a user named: it is replaced when the new one is whole.
Result<void> writeWhole(const QString& file, const QByteArray& bytes);
// As PNG, or what the ending says.
Result<void> writePicture(const QString& file, const QPixmap& picture);

// The format follows the ending: html, pdf, md, txt, json, csv.
Result<void> exportReport(const Findings& findings, const QString& file);

}  // namespace socklock::gui
