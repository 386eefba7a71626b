// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the single waits of the runs that a timeline shows, and of no others: they are most of a trace.
#pragma once

#include <string>
#include <vector>

#include "gui/jobs/background.h"
#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

struct TimelineRequest {
  std::vector<std::string> paths;  // of traces; one may be there twice
  std::vector<std::string> classes;
  analyzer::Filter filter;  // without stretches of time
  analyzer::Taxonomy taxonomy;
  LanesOf lanes = LanesOf::kCpu;
};

struct LoadedTimelines {
  std::vector<TimelineDataPtr> runs;  // by `paths`; null: it could not be read
  std::vector<std::string> errors;
};

// Several at a time. What any timeline shows of a trace already is not read again.
LoadedTimelines loadTimelines(const TimelineRequest& request, Watch& watch);

}  // namespace socklock::gui
