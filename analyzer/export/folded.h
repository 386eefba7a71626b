// SPDX-License-Identifier: GPL-2.0-or-later
// Folded stacks, "outermost;...;innermost;[lock class] number": what flamegraph.pl, inferno and speedscope read.
#pragma once

#include <string>

#include "analyzer/export/stack_profile.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

// Names of the frames of an entry, outermost first; the last is the lock class in brackets.
std::vector<std::string> frames_of(const StackProfile& profile, const StackEntry& entry, const Taxonomy& taxonomy);

// One line a stack, by name; whole numbers, stacks of the value 0 left out.
std::string folded(const StackProfile& profile, const Taxonomy& taxonomy, ProfileMeasure measure);
// Two numbers a line, before and after, as difffolded.pl writes them: for differential flame graphs.
std::string folded_pair(const StackProfile& before, const StackProfile& after, const Taxonomy& taxonomy,
                        ProfileMeasure measure);

}  // namespace socklock::analyzer
