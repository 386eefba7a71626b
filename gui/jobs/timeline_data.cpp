// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/timeline_data.h"

#include <algorithm>

namespace socklock::gui {

std::pair<std::size_t, std::size_t> TimelineData::within(analyzer::TimeRange range) const {
  const auto at = [this](std::uint64_t ns) {
    return static_cast<std::size_t>(
        std::partition_point(matching.begin(), matching.end(),
                             [this, ns](std::uint32_t event) { return events->end_ns[event] < ns; }) -
        matching.begin());
  };
  return {at(range.begin_ns), at(range.end_ns)};
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
  for (const auto& labels : table.kinds.labels) {
    const auto found = std::find(data->groups.begin(), data->groups.end() - 1, taxonomy.at(labels.lock_class).name);
    data->group_of_kind.push_back(static_cast<std::uint32_t>(found - data->groups.begin()));
  }
  data->matching = analyzer::events_meeting(table, taxonomy, filter);
  std::vector<bool> meets;
  if (data->matching.size() < table.size()) {
    meets.resize(table.size());
    for (const std::uint32_t event : data->matching) meets[event] = true;
  }
  for (const std::uint16_t cpu : table.cpu) data->cpus = std::max(data->cpus, cpu + 1U);
  const auto group_of = [&table, groups = data->group_of_kind, meets](std::size_t event) {
    return meets.empty() || meets[event] ? groups[table.kind[event]] : analyzer::Timeline::kLeftOut;
  };
  data->by_class =
      std::make_unique<analyzer::Timeline>(table, static_cast<std::uint32_t>(data->groups.size()), group_of);
  data->by_cpu = std::make_unique<analyzer::Timeline>(table, data->cpus, [&table, meets](std::size_t event) {
    return meets.empty() || meets[event] ? static_cast<std::uint32_t>(table.cpu[event]) : analyzer::Timeline::kLeftOut;
  });
  return data;
}

}  // namespace socklock::gui
