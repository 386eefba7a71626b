// SPDX-License-Identifier: GPL-2.0-or-later
// The single tables, for query_tables().
#pragma once

#include "analyzer/query/table.h"

namespace socklock::analyzer {

extern const QueryTable kRunsTable, kWorkTable, kLossesTable;      // run_tables.cpp
extern const QueryTable kWaitsTable, kTotalsTable;                 // wait_tables.cpp
extern const QueryTable kLocksTable, kStacksTable, kThreadsTable;  // dictionary_tables.cpp
extern const QueryTable kCallsTable, kHoldsTable, kHoldersTable;   // level2_tables.cpp
extern const QueryTable kEventsTable, kThreadWaitsTable;           // event_table.cpp
extern const QueryTable kHeldLocksTable;                           // held_lock_table.cpp
extern const QueryTable kOwnersTable;                              // owner_table.cpp

// "spin", "mutex", "rwsem", ...: the kind of lock, of the kernel's LCB_F_* bits.
std::string_view kind_named(std::uint8_t flags);

inline Cell integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }
// Empty text is NULL.
inline Cell text(std::string_view value) { return value.empty() ? Cell() : Cell(value); }
// Runs are numbered from 1, in the order in which they were named.
inline Cell run_number(std::size_t run) { return static_cast<std::int64_t>(run + 1); }

// Walks rows that can be counted: (run, row) over all runs.
class CountedCursor : public RowCursor {
 public:
  explicit CountedCursor(const QueryRuns& runs) : runs_(runs) {}
  bool next() override {
    if (is_started_) ++row_;
    is_started_ = true;
    while (run_ < runs_.runs.size() && row_ >= rows(runs_.runs[run_])) {
      ++run_;
      row_ = 0;
    }
    return run_ < runs_.runs.size();
  }

 protected:
  [[nodiscard]] virtual std::size_t rows(const QueryRun& run) const = 0;
  [[nodiscard]] const QueryRun& current() const { return runs_.runs[run_]; }
  [[nodiscard]] const Run& run() const { return run_of(current()); }
  [[nodiscard]] std::size_t run_index() const { return run_; }
  [[nodiscard]] std::size_t row() const { return row_; }
  [[nodiscard]] const Taxonomy& taxonomy() const { return runs_.taxonomy; }

 private:
  const QueryRuns& runs_;
  std::size_t run_ = 0, row_ = 0;
  bool is_started_ = false;
};

template <typename Cursor>
std::unique_ptr<RowCursor> open_cursor(const QueryRuns& runs, const RowRequest& /*request*/) {
  return std::make_unique<Cursor>(runs);
}

}  // namespace socklock::analyzer
