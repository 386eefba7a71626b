// SPDX-License-Identifier: GPL-2.0-or-later
// The single waits of one run, and what the timeline needs of those that meet the filter.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/label/load_events.h"
#include "analyzer/measure/filter.h"
#include "analyzer/measure/timeline.h"
#include "base/result.h"
#include "gui/jobs/background.h"

namespace socklock::gui {

using EventsPtr = std::shared_ptr<const analyzer::EventTable>;

// Classes that have a colour of their own; the others share the last group.
inline constexpr std::size_t kColouredClasses = 7;

enum class LanesOf { kCpu, kThread };
// Threads that have a lane of their own, those that waited longest; the others share the last one.
inline constexpr std::size_t kThreadLanes = 24;

struct Lanes {
  std::vector<std::string> names;  // from the top
  std::unique_ptr<const analyzer::Timeline> waits;
};

// The waits that were under way in a range.
struct WaitsInView {
  std::size_t first = 0, last = 0;  // positions in TimelineData::matching of those that ended in it: last is one behind
  std::vector<std::uint32_t> later;  // events that began in it or before, and ended after it

  [[nodiscard]] std::size_t size() const { return last - first + later.size(); }
};

struct TimelineData {
  EventsPtr events;
  analyzer::Taxonomy taxonomy;
  std::vector<std::string> groups;      // class names, then "others"
  std::vector<std::uint32_t> matching;  // positions of the events that meet the filter, in order of time
  std::vector<std::uint32_t> group_of_kind;
  std::unique_ptr<const analyzer::Timeline> by_class;
  Lanes cpus;
  Lanes threads;
  std::vector<std::uint32_t> lane_of_thread;  // by ThreadId

  [[nodiscard]] const Lanes& lanes(LanesOf of) const { return of == LanesOf::kCpu ? cpus : threads; }
  [[nodiscard]] std::uint32_t laneOf(LanesOf of, std::size_t event) const;
  std::unique_ptr<const analyzer::OverlapIndex> overlaps;
  // More can't have waited at a time. Sampled waits stand for many, which were not all at the same moment.
  double most_waiters = 0;
  bool is_sample = false;

  [[nodiscard]] std::uint64_t endNs() const { return events->size() == 0 ? 0 : events->end_ns.back() + 1; }
  [[nodiscard]] WaitsInView inView(analyzer::TimeRange range) const;
  [[nodiscard]] std::size_t eventAt(const WaitsInView& view, std::size_t i) const;
};
using TimelineDataPtr = std::shared_ptr<const TimelineData>;

TimelineDataPtr makeTimeline(EventsPtr events, const analyzer::Taxonomy& taxonomy, const analyzer::Filter& filter,
                             const std::vector<std::string>& classes);

}  // namespace socklock::gui
