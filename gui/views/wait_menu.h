// SPDX-License-Identifier: GPL-2.0-or-later
// What can be asked of every view by a single wait: only those of its class, its lock, its thread, and so on.
#pragma once

#include <QMenu>
#include <functional>

#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

using TakeCondition = std::function<void(const analyzer::Filter& one, const QString& what)>;

// Two menus, to show only what meets one of the conditions that the wait meets, and to leave it out.
void addConditions(QMenu* menu, const TimelineData& data, std::size_t event, const TakeCondition& show_only,
                   const TakeCondition& leave_out);

}  // namespace socklock::gui
