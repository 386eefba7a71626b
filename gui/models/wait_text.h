// SPDX-License-Identifier: GPL-2.0-or-later
// All that is known of a single wait, as lines of text.
#pragma once

#include <QString>

#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

// How long it was; a dash where that is not known.
QString waitTime(const analyzer::EventTable& events, std::size_t event);
QString waitText(const TimelineData& data, std::size_t event);

}  // namespace socklock::gui
