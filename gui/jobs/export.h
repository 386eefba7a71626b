// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown as a report in a file, by the renderers of the command line.
#pragma once

#include <QString>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

// The format follows the ending: html, pdf, md, txt, json, csv. The file is replaced when the new one is whole.
Result<void> exportReport(const Findings& findings, const QString& file);

}  // namespace socklock::gui
