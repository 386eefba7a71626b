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

// A value as text; NULL has none.
struct QueryValue {
  enum class Kind : std::uint8_t { kNull, kNumber, kText } kind = Kind::kNull;
  std::string text;
};

// Takes what statements answer, as it is found. An error ends the query.
class ResultWriter {
 public:
  ResultWriter() = default;
  ResultWriter(const ResultWriter&) = delete;
  ResultWriter& operator=(const ResultWriter&) = delete;
  virtual ~ResultWriter() = default;
  // Of each statement: its columns, then its rows.
  virtual Result<void> columns(const std::vector<std::string>& names) = 0;
  virtual Result<void> row(const std::vector<QueryValue>& values) = 0;
  // After the last statement.
  virtual Result<void> end() = 0;
};

class QueryDatabase {
 public:
  // `runs` have to outlive it.
  static Result<QueryDatabase> open(const QueryRuns& runs);
  QueryDatabase(QueryDatabase&&) noexcept;
  QueryDatabase& operator=(QueryDatabase&&) noexcept;
  ~QueryDatabase();

  // Runs the statements of `sql` one by one, once all of them are known to be right. Only reading is permitted: no
  // statement changes or makes a file. Texts and blobs have at most 64 MiB.
  Result<void> run(const std::string& sql, ResultWriter& writer);
  // Asked now and then while statements run, until it says so: they end with an error then.
  void stop_when(std::function<bool()> is_stopped);
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
