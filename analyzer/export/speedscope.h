// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

#include "analyzer/export/stack_profile.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

// A file for speedscope: of each profile the wait and the contentions, to be chosen among in its viewer.
std::string speedscope(std::span<const StackProfile> profiles, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
