// SPDX-License-Identifier: GPL-2.0-or-later
// From recordings to what the model needs of them.
#pragma once

#include <span>

#include "analyzer/measure/work_unit.h"
#include "analyzer/whatif/change.h"
#include "analyzer/whatif/class_use.h"

namespace socklock::analyzer {

struct EventTable;
struct LabelledRun;

// `events` of the same run, null where they were not read: then there are no single waits, and no threads.
// At most 32 changes: each has a bit in PartUse::changes.
RunUse measure_use(const LabelledRun& run, const EventTable* events, const Taxonomy& taxonomy,
                   std::span<const Change> changes, WorkUnit unit);

}  // namespace socklock::analyzer
