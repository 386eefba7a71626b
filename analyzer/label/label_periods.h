// SPDX-License-Identifier: GPL-2.0-or-later
// Naming the rows of a run that is rolled up: its periods follow where naming splits rows.
#pragma once

#include "analyzer/label/attribute_stacks.h"
#include "analyzer/load/period_waits.h"

namespace socklock::analyzer {

struct LabelledRun;
struct Taxonomy;

LabelledRun label(Run run, const Taxonomy& taxonomy, Periods& periods);
// nullptr: there are none.
StackSampling attribute_stacks(Run& run, const RowNaming& naming, Periods* periods);

}  // namespace socklock::analyzer
