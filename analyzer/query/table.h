// SPDX-License-Identifier: GPL-2.0-or-later
// What can be asked about runs in SQL: tables, each a description of its columns and a way to walk its rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/holds.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

struct LabelledRun;
struct Run;

enum class CellType : std::uint8_t { kInteger, kReal, kText };

struct TableColumn {
  std::string_view name;
  CellType type = CellType::kInteger;
  std::string_view unit;  // "ns", "bytes", "count"; empty: a name or a number of something
  std::string_view meaning;
};

// The columns of `first`, then those of `second`.
template <std::size_t First, std::size_t Second>
constexpr std::array<TableColumn, First + Second> columns(const std::array<TableColumn, First>& first,
                                                          const std::array<TableColumn, Second>& second) {
  std::array<TableColumn, First + Second> all{};
  for (std::size_t i = 0; i < First; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < Second; ++i) all[First + i] = second[i];
  return all;
}

// Text lives as long as the QueryRuns that it is of.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view>;

// A run, and the names of what is in it.
struct QueryRun {
  std::shared_ptr<const LabelledRun> labelled;
  std::string path;                      // of the file that events are in
  std::vector<std::string> lock_names;   // by LockId: "tcp.ehash[17]"
  std::vector<std::string> stack_texts;  // by StackId: "outermost;...;innermost"
  std::vector<std::string> functions;    // by FunctionId
  std::vector<std::string> comms;        // by ThreadId
  struct CgroupTexts {
    std::string name, path;
  };
  std::vector<CgroupTexts> cgroups;      // by CgroupId
  std::vector<std::string> netns_names;  // by LockId; empty: none
  std::string workload;
  std::vector<AcquiredCall> acquired;  // what run.calls are acquisitions of
  std::vector<HeldSpan> held;          // what run.holds are holds of
};

struct QueryRuns {
  std::vector<QueryRun> runs;
  Taxonomy taxonomy;
};

const Run& run_of(const QueryRun& run);
QueryRun prepared(LabelledRun labelled, const Taxonomy& taxonomy);

class RowCursor {
 public:
  RowCursor() = default;
  RowCursor(const RowCursor&) = delete;
  RowCursor& operator=(const RowCursor&) = delete;
  virtual ~RowCursor() = default;
  // Steps to the next row, at first to the first; false after the last, and where there is an error.
  virtual bool next() = 0;
  // Why next() came to an end before the last row; empty: it did not.
  [[nodiscard]] virtual std::string error() const { return ""; }
  // Of the row stepped to. `column` is below the table's number of columns.
  [[nodiscard]] virtual Cell cell(std::size_t column) = 0;
};

// What a query wants of a table.
struct RowRequest {
  std::uint64_t used = UINT64_MAX;  // bit n: column n is looked at; bit 63: and every one from there on
  // Rows that are equal in these columns come one after the other, NULL being one value; empty: in any order.
  std::vector<std::size_t> grouped_by;

  [[nodiscard]] bool uses(std::size_t column) const { return ((used >> std::min<std::size_t>(column, 63)) & 1) != 0; }
};

struct QueryTable {
  std::string_view name;
  std::string_view meaning;
  std::span<const TableColumn> columns;
  std::unique_ptr<RowCursor> (*open)(const QueryRuns& runs, const RowRequest& request) = nullptr;
  std::string_view view = {};  // instead of `open`: a SELECT from others, whose names have {} for a prefix
  // Whether `open` can group these rows; without it SQLite sorts them.
  bool (*can_group)(const QueryRuns& runs, const RowRequest& request) = nullptr;
};

// In the order in which they are documented.
std::span<const QueryTable> query_tables();

// The tables and their columns as text, for --tables and the manual.
std::string tables_text();

}  // namespace socklock::analyzer
