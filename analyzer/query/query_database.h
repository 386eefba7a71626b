// SPDX-License-Identifier: GPL-2.0-or-later
// SQLite over the tables of runs. Nothing is copied: a query walks the loaded runs, and events in their files.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/query/table.h"
#include "base/result.h"

namespace socklock::analyzer {

// A result with its values as text; NULL has none.
struct QueryValue {
  enum class Kind : std::uint8_t { kNull, kNumber, kText } kind = Kind::kNull;
  std::string text;
};
struct QueryResult {
  std::vector<std::string> columns;
  std::vector<std::vector<QueryValue>> rows;
};

class QueryDatabase {
 public:
  // `runs` have to outlive it.
  static Result<QueryDatabase> open(const QueryRuns& runs);
  QueryDatabase(QueryDatabase&&) noexcept;
  QueryDatabase& operator=(QueryDatabase&&) noexcept;
  ~QueryDatabase();

  // Runs the statements of `sql` one by one. Only reading is permitted: no statement changes or makes a file.
  Result<std::vector<QueryResult>> run(const std::string& sql);
  // Whether `sql` ends a statement.
  static bool is_complete(const std::string& sql);

 private:
  struct State;
  explicit QueryDatabase(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Copies every table into a new SQLite file, with a table `documentation` of what its columns mean.
Result<void> export_sqlite(const QueryRuns& runs, const std::string& path);

}  // namespace socklock::analyzer
