// SPDX-License-Identifier: GPL-2.0-or-later
// For those who can't see what is painted.
#pragma once

#include <QString>

class QWidget;

namespace socklock::gui {

// Screen readers call the widget a chart of this name, not nothing at all as they do what is only painted.
void describeAsChart(QWidget* view, const QString& name);

}  // namespace socklock::gui
