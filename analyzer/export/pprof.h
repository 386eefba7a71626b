// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "analyzer/export/stack_profile.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

// A profile for pprof, gzipped: sample types contentions/count and delay/nanoseconds, as Go's mutex profile has
// them; lock class, role, call path and context are labels (-tagfocus, -tagroot).
std::string pprof_gz(const StackProfile& profile, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
