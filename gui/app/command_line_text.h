// SPDX-License-Identifier: GPL-2.0-or-later
// What is on the screen as a command that prints the same, for a script, a colleague or continuous integration.
#pragma once

#include <QString>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

// For a shell. Of a comparison `socklock compare`, of one run `socklock report`, of several runs of one side what hands
// their table over.
QString commandLineText(const Findings& findings);

}  // namespace socklock::gui
