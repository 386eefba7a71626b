// SPDX-License-Identifier: GPL-2.0-or-later
// The single waits of one run, and what the timeline needs of those that meet the filter.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/label/load_events.h"
#include "analyzer/measure/filter.h"
#include "analyzer/measure/timeline.h"
#include "base/result.h"
#include "gui/jobs/background.h"
#include "gui/jobs/class_colours.h"

namespace socklock::gui {

using EventsPtr = std::shared_ptr<const analyzer::EventTable>;

enum class LanesOf { kCpu, kThread, kProcess, kClass };
inline constexpr std::size_t kLaneKinds = 4;
// Threads, processes and classes that have a lane of their own, those that waited longest; the others share the last
// one.
inline constexpr std::size_t kThreadLanes = 24;

struct Lanes {
  std::vector<std::string> names;      // CPUs by number, others the longest wait first
  std::vector<double> wait_ns;         // of each lane, in the whole run
  std::vector<std::uint32_t> lane_of;  // by CPU, ThreadId (of processes, too) or kind of wait
  std::unique_ptr<const analyzer::Timeline> waits;
};

// Positions of the events that meet a filter, in order of time: most filters leave out none, and then none is kept.
class MatchingEvents {
 public:
  MatchingEvents() = default;
  explicit MatchingEvents(std::size_t all) : size_(all) {}
  // Of `all` events; ascending.
  MatchingEvents(std::size_t all, std::vector<std::uint32_t> some) : size_(some.size()) {
    if (some.size() < all) some_ = std::move(some);
    are_all_ = size_ == all;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool are_all() const { return are_all_; }
  std::uint32_t operator[](std::size_t i) const { return are_all_ ? static_cast<std::uint32_t>(i) : some_[i]; }
  // Position in this list of the first of them at `event` or behind it; size() where there is none.
  [[nodiscard]] std::size_t firstAt(std::size_t event) const;
  [[nodiscard]] bool holds(std::size_t event) const {
    const std::size_t at = firstAt(event);
    return at < size_ && (*this)[at] == event;
  }

 private:
  std::vector<std::uint32_t> some_;
  std::size_t size_ = 0;
  bool are_all_ = true;
};

// A single wait of one of the runs that a timeline shows.
struct ChosenWait {
  std::size_t run = 0;  // its number from the top
  std::size_t event = 0;
  bool operator==(const ChosenWait&) const = default;
};

// The waits that were under way in a range.
struct WaitsInView {
  std::size_t first = 0, last = 0;  // positions in TimelineData::matching of those that ended in it: last is one behind
  std::vector<std::uint32_t> later;  // events that began in it or before, and ended after it

  [[nodiscard]] std::size_t size() const { return last - first + later.size(); }
};

class TimelineData {
 public:
  EventsPtr events;
  analyzer::Taxonomy taxonomy;
  std::vector<std::string> groups;  // by the number of its colour: class names, "others", "class not known"
  MatchingEvents matching;          // the filter
  std::vector<bool> meets;          // by event; empty: all meet it
  std::vector<std::uint32_t> group_of_kind;
  std::unique_ptr<const analyzer::Timeline> by_class;

  // Made when they are first asked for: each kind takes time and memory.
  [[nodiscard]] const Lanes& lanes(LanesOf of) const;
  [[nodiscard]] std::uint32_t laneOf(LanesOf of, std::size_t event) const;
  std::shared_ptr<const analyzer::OverlapIndex> overlaps;
  // More can't have waited at a time. Sampled waits stand for many, which were not all at the same moment.
  double most_waiters = 0;
  bool is_sample = false;

  [[nodiscard]] std::uint64_t endNs() const { return events->size() == 0 ? 0 : events->end_ns.back() + 1; }
  [[nodiscard]] WaitsInView inView(analyzer::TimeRange range) const;
  [[nodiscard]] std::size_t eventAt(const WaitsInView& view, std::size_t i) const;
  // Who was the last to get this lock after a wait, before this wait ended; kNoEvent: nobody is recorded.
  static constexpr std::size_t kNoEvent = SIZE_MAX;
  [[nodiscard]] std::size_t lastToGetTheLock(std::size_t event) const;

 private:
  mutable std::mutex mutex_;
  mutable std::array<std::unique_ptr<const Lanes>, kLaneKinds> lanes_;
};
using TimelineDataPtr = std::shared_ptr<const TimelineData>;

// With lanes of this kind made.
TimelineDataPtr makeTimeline(EventsPtr events, const analyzer::Taxonomy& taxonomy, const analyzer::Filter& filter,
                             const std::vector<std::string>& classes, LanesOf lanes = LanesOf::kCpu);

}  // namespace socklock::gui
