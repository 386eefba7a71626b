// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/grouped_events.h"

#include <algorithm>
#include <numeric>
#include <variant>

#include "analyzer/label/labelled_run.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

// 16 million events of a typical query. What is more is left to SQLite, which sorts it on the disk.
constexpr std::uint64_t kMostGroupedBytes = std::uint64_t{256} << 20;
// More are compared instead of numbered: numbers take many times the memory of an event.
constexpr std::size_t kMostGroups = std::size_t{1} << 20;

// Of an event, for the columns that the request uses, the order, and groups.
std::uint64_t bytes_of_event(const RowRequest& request) {
  using enum EventColumn;
  const auto uses = [&](EventColumn column) { return request.uses(static_cast<std::size_t>(column)); };
  std::uint64_t bytes = 2 * sizeof(std::uint32_t);
  for (const EventColumn column : {kRun, kThread, kWeight, kInterval, kKind}) bytes += uses(column) ? 4U : 0U;
  for (const EventColumn column : {kEnd, kWait}) bytes += uses(column) || uses(kBegin) ? 8U : 0U;
  if (uses(kRunDelay)) bytes += 8 + (uses(kRun) ? 0U : 4U);
  for (const EventColumn column : {kCpu, kError}) bytes += uses(column) ? 2U : 0U;
  return bytes + sizeof(std::uint32_t);
}

template <typename T>
void append(const std::vector<T>& from, bool is_used, std::vector<T>& to) {
  if (is_used) to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

bool can_group_events(const QueryRuns& runs, const RowRequest& request) {
  using enum EventColumn;
  // Nearly every event has values of its own there.
  for (const EventColumn column : {kBegin, kEnd, kWait, kRunDelay})
    if (std::count(request.grouped_by.begin(), request.grouped_by.end(), static_cast<std::size_t>(column)) > 0)
      return false;
  std::uint64_t events = 0;
  for (const QueryRun& run : runs.runs) events += run_of(run).events;
  return events <= kMostGroupedBytes / bytes_of_event(request);
}

GroupedEvents::GroupedEvents(const QueryRuns& runs, const RowRequest& request)
    : request_(request), rows_(runs, request) {
  for (const std::size_t column : request.grouped_by) {
    const EventColumn by{static_cast<std::uint8_t>(column)};
    (EventRows::is_of_kind(by) ? by_kind_ : by_event_).push_back(by);
  }
  kind_numbers_.resize(std::max<std::size_t>(by_kind_.size(), 1));
  event_numbers_.resize(by_event_.size());
}

bool GroupedEvents::next() {
  if (is_gathered_) return ++at_ < size_;
  is_gathered_ = true;
  gather();
  return rows_.error().empty() && size_ > 0;
}

void GroupedEvents::gather() {
  while (const trace::EventColumns* block = rows_.next()) {
    const std::size_t first = size_;
    add_block(*block);
    number_groups(first);
  }
  has_too_many_groups_ ? order_by_comparing() : order_by_group();
}

void GroupedEvents::add_block(const trace::EventColumns& block) {
  using enum EventColumn;
  bool has_kinds = false;
  for (std::size_t column = 0; column < kEventColumnCount; ++column)
    has_kinds =
        has_kinds || (request_.uses(column) && EventRows::is_of_kind(EventColumn{static_cast<std::uint8_t>(column)}));
  if (has_kinds)
    for (std::size_t i = 0; i < block.size(); ++i) columns_.kind.push_back(rows_.kind_of(i));
  append(block.end_ns, uses(kEnd) || uses(kBegin), columns_.end_ns);
  append(block.wait_ns, uses(kWait) || uses(kBegin), columns_.wait_ns);
  append(block.thread, uses(kThread), columns_.thread);
  append(block.weight, uses(kWeight), columns_.weight);
  append(block.cpu, uses(kCpu), columns_.cpu);
  append(block.error, uses(kError), columns_.error);
  append(block.run_delay_ns, uses(kRunDelay), columns_.run_delay_ns);
  size_ += block.size();
  // Whether it was measured is the run's.
  if (uses(kRun) || uses(kRunDelay)) columns_.run.resize(size_, static_cast<std::uint32_t>(rows_.run()));
  if (uses(kInterval)) add_intervals(block);
}

void GroupedEvents::add_intervals(const trace::EventColumns& block) {
  for (const std::uint64_t end_ns : block.end_ns) {
    const auto interval = rows_.intervals().at(end_ns);
    columns_.interval.push_back(interval ? static_cast<std::uint32_t>(*interval + 1) : 0);
  }
}

// 0: NULL. Equal values of one column, and only those, have equal numbers.
std::uint64_t GroupedEvents::value_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<std::uint64_t>(*integer) + 1;
  if (const auto* text = std::get_if<std::string_view>(&cell))
    return texts_.try_emplace(*text, texts_.size() + 1).first->second;
  return 0;
}

void GroupedEvents::number_kinds() {
  while (group_of_kinds_.size() < rows_.kinds().size()) {
    const EventKind& kind = rows_.kinds()[group_of_kinds_.size()];
    std::uint32_t number = by_kind_.empty() ? kind_numbers_[0].find_or_add({0, 0}) : 0;
    for (std::size_t i = 0; i < by_kind_.size(); ++i)
      number = kind_numbers_[i].find_or_add({number, value_of(rows_.cell(kind, by_kind_[i]))});
    group_of_kinds_.push_back(number);
  }
}

std::uint64_t GroupedEvents::value_of(std::size_t event, EventColumn column) const {
  using enum EventColumn;
  switch (column) {
    case kRun: return columns_.run[event];
    case kInterval: return columns_.interval[event];
    case kThread: return columns_.thread[event];
    case kCpu: return columns_.cpu[event];
    case kWeight: return columns_.weight[event];
    default: return columns_.error[event];
  }
}

void GroupedEvents::number_groups(std::size_t first) {
  if (has_too_many_groups_) return;
  number_kinds();
  for (std::size_t event = first; event < size_; ++event) {
    std::uint32_t group = columns_.kind.empty() ? 0 : group_of_kinds_[columns_.kind[event]];
    for (std::size_t i = 0; i < by_event_.size(); ++i)
      group = event_numbers_[i].find_or_add({group, value_of(event, by_event_[i])});
    if (group == first_of_group_.size()) first_of_group_.push_back(static_cast<std::uint32_t>(event));
    if (!by_event_.empty()) groups_.push_back(group);
  }
  has_too_many_groups_ = first_of_group_.size() > kMostGroups;
}

bool GroupedEvents::is_before(std::size_t a, std::size_t b) const {
  for (const std::size_t column : request_.grouped_by) {
    const EventColumn by{static_cast<std::uint8_t>(column)};
    // Variants compare by what they hold first: NULL is before a number or a text, and a column has one of those.
    const Cell of_a = cell_of(a, by), of_b = cell_of(b, by);
    if (of_a != of_b) return of_a < of_b;
  }
  return false;
}

void GroupedEvents::order_by_group() {
  std::vector<std::uint32_t> groups(first_of_group_.size());
  std::iota(groups.begin(), groups.end(), 0U);
  std::sort(groups.begin(), groups.end(),
            [this](std::uint32_t a, std::uint32_t b) { return is_before(first_of_group_[a], first_of_group_[b]); });
  std::vector<std::uint32_t> counts(groups.size(), 0), place(groups.size());
  for (std::size_t event = 0; event < size_; ++event) ++counts[group_of(event)];
  std::uint32_t sum = 0;
  for (const std::uint32_t group : groups) {
    place[group] = sum;
    sum += counts[group];
  }
  order_.resize(size_);
  for (std::size_t event = 0; event < size_; ++event)
    order_[place[group_of(event)]++] = static_cast<std::uint32_t>(event);
  groups_ = {};
}

void GroupedEvents::order_by_comparing() {
  groups_ = {};
  event_numbers_.clear();
  order_.resize(size_);
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) { return is_before(a, b); });
}

Cell GroupedEvents::cell_of(std::size_t event, EventColumn column) const {
  using enum EventColumn;
  if (EventRows::is_of_kind(column)) return rows_.cell(rows_.kinds()[columns_.kind[event]], column);
  switch (column) {
    case kRun: return run_number(columns_.run[event]);
    case kBegin: return integer(columns_.end_ns[event] - std::min(columns_.end_ns[event], columns_.wait_ns[event]));
    case kEnd: return integer(columns_.end_ns[event]);
    case kWait: return integer(columns_.wait_ns[event]);
    case kInterval: return columns_.interval[event] == 0 ? Cell() : integer(columns_.interval[event] - 1U);
    case kThread: return integer(columns_.thread[event]);
    case kCpu: return integer(columns_.cpu[event]);
    case kWeight: return integer(columns_.weight[event]);
    case kRunDelay: return rows_.knows_run_delay(columns_.run[event]) ? integer(columns_.run_delay_ns[event]) : Cell();
    default: return columns_.error[event] == 0 ? Cell() : integer(columns_.error[event]);
  }
}

}  // namespace socklock::analyzer
