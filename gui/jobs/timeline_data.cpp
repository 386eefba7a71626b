// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/timeline_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "analyzer/measure/breakdown.h"

namespace socklock::gui {
namespace {

using analyzer::EventTable;
using analyzer::kNoLock;
using analyzer::LockId;

std::string nameOf(const analyzer::Thread& thread) {
  return thread.tid == 0 && thread.comm.empty() ? "(not known)" : analyzer::thread_name(thread);
}

// Millions of events are asked for their group: of what `group_of` is made is known where it is called.
template <typename GroupOf>
std::unique_ptr<const analyzer::Timeline> waitsBy(const TimelineData& data, std::size_t groups, GroupOf group_of) {
  const auto count = static_cast<std::uint32_t>(groups);
  if (data.meets.empty()) return std::make_unique<analyzer::Timeline>(*data.events, count, group_of, data.overlaps);
  return std::make_unique<analyzer::Timeline>(
      *data.events, count,
      [&data, group_of](std::size_t event) {
        return data.meets[event] ? group_of(event) : analyzer::Timeline::kLeftOut;
      },
      data.overlaps);
}

// Lanes of those that waited longest, and one for all the others. `wait_ns` and `name` go by what lanes are of.
template <typename NameOf>
void divide(const std::vector<double>& wait_ns, NameOf name, Lanes& lanes) {
  std::vector<std::uint32_t> order(wait_ns.size());
  std::iota(order.begin(), order.end(), 0U);
  order.erase(std::remove_if(order.begin(), order.end(), [&](std::uint32_t one) { return wait_ns[one] <= 0; }),
              order.end());
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return wait_ns[a] > wait_ns[b]; });
  const std::size_t own = std::min(order.size(), kThreadLanes);
  lanes.lane_of.assign(wait_ns.size(), static_cast<std::uint32_t>(own));
  for (std::size_t lane = 0; lane < order.size(); ++lane) {
    if (lane < own) {
      lanes.lane_of[order[lane]] = static_cast<std::uint32_t>(lane);
      lanes.names.push_back(name(order[lane]));
      lanes.wait_ns.push_back(wait_ns[order[lane]]);
      continue;
    }
    if (lane == own) {
      lanes.names.push_back(fmt::format("{} others", order.size() - own));
      lanes.wait_ns.push_back(0);
    }
    lanes.wait_ns.back() += wait_ns[order[lane]];
  }
}

// The sum of waits by what `column` says of each event.
template <typename ColumnOf>
std::vector<double> sumsBy(const TimelineData& data, std::size_t count, ColumnOf column) {
  const EventTable& table = *data.events;
  std::vector<double> wait_ns(count);
  for (std::size_t i = 0; i < data.matching.size(); ++i) {
    const std::uint32_t event = data.matching[i];
    wait_ns[column(event)] += static_cast<double>(table.wait_ns[event]) * table.weight[event];
  }
  return wait_ns;
}

void divideCpus(const TimelineData& data, Lanes& lanes) {
  const EventTable& table = *data.events;
  std::uint32_t cpus = 0;
  for (const std::uint16_t cpu : table.cpu) cpus = std::max(cpus, cpu + 1U);
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) lanes.names.push_back(fmt::format("CPU {}", cpu));
  lanes.lane_of.resize(cpus);
  std::iota(lanes.lane_of.begin(), lanes.lane_of.end(), 0U);
  lanes.wait_ns = sumsBy(data, cpus, [&table](std::uint32_t event) { return std::size_t{table.cpu[event]}; });
}

void divideThreads(const TimelineData& data, Lanes& lanes) {
  const EventTable& table = *data.events;
  const auto& threads = table.dictionaries().threads;
  divide(
      sumsBy(data, threads.size(), [&table](std::uint32_t event) { return index_of(table.thread[event]); }),
      [&threads](std::uint32_t thread) { return nameOf(threads[thread]); }, lanes);
}

// Processes as runs have them in common: by their command.
void divideProcesses(const TimelineData& data, Lanes& lanes) {
  const EventTable& table = *data.events;
  std::vector<std::string> names;
  std::vector<std::uint32_t> process_of;  // by ThreadId
  std::unordered_map<std::string, std::uint32_t> numbers;
  for (const analyzer::Thread& thread : table.dictionaries().threads) {
    std::string name = thread.tid == 0 && thread.comm.empty() ? "(not known)" : analyzer::command_name(thread);
    const auto [number, is_new] = numbers.try_emplace(name, static_cast<std::uint32_t>(names.size()));
    if (is_new) names.push_back(std::move(name));
    process_of.push_back(number->second);
  }
  divide(
      sumsBy(data, names.size(),
             [&](std::uint32_t event) { return std::size_t{process_of[index_of(table.thread[event])]}; }),
      [&names](std::uint32_t process) { return names[process]; }, lanes);
  for (std::uint32_t& process : process_of) process = lanes.lane_of[process];
  lanes.lane_of = std::move(process_of);
}

// Kinds of waits are many to a class.
void divideClasses(const TimelineData& data, Lanes& lanes) {
  const auto& kinds = data.events->labels_of_kinds();
  const std::size_t classes = data.taxonomy.classes.size();
  const auto class_of = [&kinds](std::uint32_t kind) { return static_cast<std::size_t>(kinds[kind].lock_class); };
  divide(
      sumsBy(data, classes, [&](std::uint32_t event) { return class_of(data.events->kind[event]); }),
      [&data](std::uint32_t id) { return data.taxonomy.classes[id].name; }, lanes);
  const std::vector<std::uint32_t> of_class = std::move(lanes.lane_of);
  lanes.lane_of.clear();
  for (std::uint32_t kind = 0; kind < kinds.size(); ++kind) lanes.lane_of.push_back(of_class[class_of(kind)]);
}

std::size_t columnOf(const EventTable& table, LanesOf of, std::size_t event) {
  switch (of) {
    case LanesOf::kCpu: return table.cpu[event];
    case LanesOf::kThread:
    case LanesOf::kProcess: return index_of(table.thread[event]);
    case LanesOf::kClass: break;
  }
  return table.kind[event];
}

// Of a wait that has no call stack, where only that would tell its class: this is no class like the others.
bool isUnknown(const EventTable& table, std::size_t kind) {
  return table.labels_of_kinds()[kind].lock_class == analyzer::kUnclassified &&
         table.key_of_kind(kind).stack == analyzer::kNoStack;
}

// By the numbers of their colours, which are those of every page; numbers without a class have no name.
void groupKinds(const std::vector<std::string>& classes, TimelineData& data) {
  const EventTable& table = *data.events;
  data.groups.assign(kColouredClasses, "");
  std::copy_n(classes.begin(), std::min(classes.size(), kColouredClasses), data.groups.begin());
  data.groups.emplace_back("others");
  data.groups.emplace_back("class not known");
  for (std::size_t kind = 0; kind < table.labels_of_kinds().size(); ++kind) {
    const std::string& name = data.taxonomy.at(table.labels_of_kinds()[kind].lock_class).name;
    data.group_of_kind.push_back(isUnknown(table, kind) ? static_cast<std::uint32_t>(kColouredClasses + 1)
                                                        : static_cast<std::uint32_t>(seriesOf(classes, name)));
  }
}

}  // namespace

std::size_t MatchingEvents::firstAt(std::size_t event) const {
  if (are_all_) return std::min(event, size_);
  return static_cast<std::size_t>(std::lower_bound(some_.begin(), some_.end(), event) - some_.begin());
}

const Lanes& TimelineData::lanes(LanesOf of) const {
  const std::lock_guard lock(mutex_);
  auto& made = lanes_[static_cast<std::size_t>(of)];
  if (made) return *made;
  auto fresh = std::make_unique<Lanes>();
  if (of == LanesOf::kCpu) divideCpus(*this, *fresh);
  if (of == LanesOf::kThread) divideThreads(*this, *fresh);
  if (of == LanesOf::kProcess) divideProcesses(*this, *fresh);
  if (of == LanesOf::kClass) divideClasses(*this, *fresh);
  fresh->waits =
      waitsBy(*this, fresh->names.size(), [table = events.get(), of, lane_of = fresh->lane_of](std::size_t event) {
        return lane_of[columnOf(*table, of, event)];
      });
  made = std::move(fresh);
  return *made;
}

std::uint32_t TimelineData::laneOf(LanesOf of, std::size_t event) const {
  return lanes(of).lane_of[columnOf(*events, of, event)];
}

std::size_t TimelineData::lastToGetTheLock(std::size_t event) const {
  const LockId lock = events->lock_of(event);
  if (lock == kNoLock) return kNoEvent;
  for (std::size_t before = event; before-- > 0;)
    if (events->lock_of(before) == lock) return before;
  return kNoEvent;
}

WaitsInView TimelineData::inView(analyzer::TimeRange range) const {
  const auto at = [this](std::uint64_t ns) { return matching.firstAt(events->first_at(ns)); };
  WaitsInView view{at(range.begin_ns), at(range.end_ns), {}};
  overlaps->for_each(range, events->first_at(range.end_ns), [&](std::size_t event) {
    if (matching.holds(event)) view.later.push_back(static_cast<std::uint32_t>(event));
  });
  return view;
}

std::size_t TimelineData::eventAt(const WaitsInView& view, std::size_t i) const {
  const std::size_t ended = view.last - view.first;
  return i < ended ? matching[view.first + i] : view.later[i - ended];
}

TimelineDataPtr makeTimeline(EventsPtr events, const analyzer::Taxonomy& taxonomy, const analyzer::Filter& filter,
                             const std::vector<std::string>& classes, LanesOf lanes) {
  auto data = std::make_shared<TimelineData>();
  data->events = std::move(events);
  data->taxonomy = taxonomy;
  const EventTable& table = *data->events;
  groupKinds(classes, *data);
  data->matching = filter.is_empty() ? MatchingEvents(table.size())
                                     : MatchingEvents(table.size(), analyzer::events_meeting(table, taxonomy, filter));
  if (!data->matching.are_all()) {
    data->meets.resize(table.size());
    for (std::size_t i = 0; i < data->matching.size(); ++i) data->meets[data->matching[i]] = true;
  }
  data->overlaps = std::make_shared<analyzer::OverlapIndex>(table);
  data->by_class = waitsBy(*data, data->groups.size(), [&waits = *data](std::size_t event) {
    return waits.group_of_kind[waits.events->kind[event]];
  });
  data->is_sample = !table.weight.are_all_1();
  // Each thread waits once at a time, but what interrupts it on its CPU may wait as well.
  const auto cpus = table.cpu.empty() ? 0U : *std::max_element(table.cpu.begin(), table.cpu.end()) + 1U;
  data->most_waiters = static_cast<double>(table.dictionaries().threads.size()) + cpus;
  [[maybe_unused]] const Lanes& made = data->lanes(lanes);
  return data;
}

}  // namespace socklock::gui
