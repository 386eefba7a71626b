// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/timeline_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace socklock::gui {
namespace {

using analyzer::EventTable;

std::string nameOf(const analyzer::Thread& thread) {
  return thread.tid == 0 && thread.comm.empty() ? "(not known)" : fmt::format("{} {}", thread.comm, thread.tid);
}

// Lanes of the threads that waited longest, and one for all the others.
void divideThreads(TimelineData& data) {
  const EventTable& table = *data.events;
  const auto& threads = table.dictionaries().threads;
  std::vector<double> wait_ns(threads.size());
  for (const std::uint32_t event : data.matching)
    wait_ns[index_of(table.thread[event])] += static_cast<double>(table.wait_ns[event]) * table.weight[event];
  std::vector<std::uint32_t> order(threads.size());
  std::iota(order.begin(), order.end(), 0U);
  order.erase(std::remove_if(order.begin(), order.end(), [&](std::uint32_t thread) { return wait_ns[thread] <= 0; }),
              order.end());
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return wait_ns[a] > wait_ns[b]; });
  const std::size_t own = std::min(order.size(), kThreadLanes);
  data.lane_of_thread.assign(threads.size(), static_cast<std::uint32_t>(own));
  for (std::size_t lane = 0; lane < own; ++lane) {
    data.lane_of_thread[order[lane]] = static_cast<std::uint32_t>(lane);
    data.threads.names.push_back(nameOf(threads[order[lane]]));
  }
  if (order.size() > own) data.threads.names.push_back(fmt::format("{} others", order.size() - own));
}

}  // namespace

std::uint32_t TimelineData::laneOf(LanesOf of, std::size_t event) const {
  return of == LanesOf::kCpu ? events->cpu[event] : lane_of_thread[index_of(events->thread[event])];
}

WaitsInView TimelineData::inView(analyzer::TimeRange range) const {
  const auto at = [this](std::uint64_t ns) {
    return static_cast<std::size_t>(
        std::partition_point(matching.begin(), matching.end(),
                             [this, ns](std::uint32_t event) { return events->end_ns[event] < ns; }) -
        matching.begin());
  };
  WaitsInView view{at(range.begin_ns), at(range.end_ns), {}};
  overlaps->for_each(range, events->first_at(range.end_ns), [&](std::size_t event) {
    if (std::binary_search(matching.begin(), matching.end(), static_cast<std::uint32_t>(event)))
      view.later.push_back(static_cast<std::uint32_t>(event));
  });
  return view;
}

std::size_t TimelineData::eventAt(const WaitsInView& view, std::size_t i) const {
  const std::size_t ended = view.last - view.first;
  return i < ended ? matching[view.first + i] : view.later[i - ended];
}

TimelineDataPtr makeTimeline(EventsPtr events, const analyzer::Taxonomy& taxonomy, const analyzer::Filter& filter,
                             const std::vector<std::string>& classes) {
  auto data = std::make_shared<TimelineData>();
  data->events = std::move(events);
  data->taxonomy = taxonomy;
  const analyzer::EventTable& table = *data->events;
  data->groups.assign(classes.begin(),
                      classes.begin() + static_cast<std::ptrdiff_t>(std::min(classes.size(), kColouredClasses)));
  data->groups.emplace_back("others");
  for (const auto& labels : table.labels_of_kinds()) {
    const auto found = std::find(data->groups.begin(), data->groups.end() - 1, taxonomy.at(labels.lock_class).name);
    data->group_of_kind.push_back(static_cast<std::uint32_t>(found - data->groups.begin()));
  }
  data->matching = analyzer::events_meeting(table, taxonomy, filter);
  std::vector<bool> meets;
  if (data->matching.size() < table.size()) {
    meets.resize(table.size());
    for (const std::uint32_t event : data->matching) meets[event] = true;
  }
  const auto waits = [&table, meets](std::size_t groups, auto group_of) {
    return std::make_unique<analyzer::Timeline>(
        table, static_cast<std::uint32_t>(groups), [meets, group_of](std::size_t event) {
          return meets.empty() || meets[event] ? group_of(event) : analyzer::Timeline::kLeftOut;
        });
  };
  data->by_class = waits(data->groups.size(), [&table, groups = data->group_of_kind](std::size_t event) {
    return groups[table.kind[event]];
  });
  data->overlaps = std::make_unique<analyzer::OverlapIndex>(table);
  std::uint32_t cpus = 0;
  for (const std::uint16_t cpu : table.cpu) cpus = std::max(cpus, cpu + 1U);
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) data->cpus.names.push_back(fmt::format("CPU {}", cpu));
  data->cpus.waits = waits(cpus, [&table](std::size_t event) { return std::uint32_t{table.cpu[event]}; });
  divideThreads(*data);
  data->threads.waits = waits(data->threads.names.size(), [&table, lanes = data->lane_of_thread](std::size_t event) {
    return lanes[index_of(table.thread[event])];
  });
  data->is_sample =
      std::any_of(table.weight.begin(), table.weight.end(), [](std::uint32_t weight) { return weight > 1; });
  // Each thread waits once at a time, but what interrupts it on its CPU may wait as well.
  data->most_waiters = static_cast<double>(table.dictionaries().threads.size()) + cpus;
  return data;
}

}  // namespace socklock::gui
