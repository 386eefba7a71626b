// SPDX-License-Identifier: GPL-2.0-or-later
// Takes finished waits out of the per-CPU rings before they fill.
#pragma once

#include <vector>

#include "collector/probe/shared_tables.h"

namespace socklock::collector {

// Appends what every CPU's ring holds to `events` and frees the room.
void drain_rings(SharedTables& tables, std::vector<socklock_event>& events);

}  // namespace socklock::collector
