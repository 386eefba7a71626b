// SPDX-License-Identifier: GPL-2.0-or-later
// Events in the order of a GROUP BY. SQLite would write a record of every event and sort those; but what events are
// grouped by has few values, so numbers of groups are counted and events put where their group's place is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/query/event_rows.h"
#include "analyzer/query/table.h"

namespace socklock::analyzer {

// Whether they fit into the memory that is meant for it (kMostGroupedBytes in the .cpp).
bool can_group_events(const QueryRuns& runs, const RowRequest& request);

// Groups in ascending order of what they are grouped by, NULL first; events of a group in the order of the traces.
class GroupedEvents : public RowCursor {
 public:
  GroupedEvents(const QueryRuns& runs, const RowRequest& request);
  bool next() override;
  [[nodiscard]] std::string error() const override { return rows_.error(); }
  [[nodiscard]] Cell cell(std::size_t column) override {
    return cell_of(order_[at_], EventColumn{static_cast<std::uint8_t>(column)});
  }

 private:
  // Of all events, in the order of the traces; columns that nobody looks at are empty.
  struct Columns {
    std::vector<std::uint32_t> run, kind, thread, weight, interval;  // interval: plus 1; 0: none
    std::vector<std::uint64_t> end_ns, wait_ns, run_delay_ns;
    std::vector<std::uint16_t> cpu, error;
  };

  void gather();
  void add_block(const trace::EventColumns& block);
  void add_intervals(const trace::EventColumns& block);
  void number_groups(std::size_t first);
  void number_kinds();
  std::uint64_t value_of(const Cell& cell);
  void order_by_group();
  void order_by_comparing();
  [[nodiscard]] bool is_before(std::size_t a, std::size_t b) const;
  [[nodiscard]] bool uses(EventColumn column) const { return request_.uses(static_cast<std::size_t>(column)); }
  [[nodiscard]] std::uint32_t group_of(std::size_t event) const {
    return by_event_.empty() ? group_of_kinds_[columns_.kind[event]] : groups_[event];
  }
  [[nodiscard]] std::uint64_t value_of(std::size_t event, EventColumn column) const;
  [[nodiscard]] Cell cell_of(std::size_t event, EventColumn column) const;

  const RowRequest request_;
  EventRows rows_;
  Columns columns_;
  std::size_t size_ = 0;
  // Groups are numbered column by column: the number so far and the next column's value have a number together. Those
  // that the kind of an event decides come first, once a kind.
  std::vector<EventColumn> by_kind_, by_event_;
  std::vector<FlatIndex> kind_numbers_, event_numbers_;  // of each of them
  std::vector<std::uint32_t> group_of_kinds_;
  std::unordered_map<std::string_view, std::uint64_t> texts_;  // several kinds may have equal ones
  std::vector<std::uint32_t> groups_;                          // by event, where by_event_ has any
  std::vector<std::uint32_t> first_of_group_;                  // an event of each
  std::vector<std::uint32_t> order_;
  std::size_t at_ = 0;
  bool is_gathered_ = false, has_too_many_groups_ = false;
};

}  // namespace socklock::analyzer
