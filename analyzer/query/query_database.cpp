// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/query_database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

#include "analyzer/query/virtual_table.h"
#include "base/atomic_file.h"

namespace socklock::analyzer {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Error sql_error(sqlite3* database, const std::string& sql) {
  if ((sqlite3_errcode(database) & 0xff) == SQLITE_IOERR)
    return {sqlite3_errmsg(database), sql, "", ExitCode::kBadInput};
  return {sqlite3_errmsg(database), sql, "socklock query --tables shows tables, columns and units", ExitCode::kUsage};
}

// Of SQLite's machine: some hundred microseconds.
constexpr int kStepsBetweenLooks = 10'000;

// SQLite's own bound is a thousand million bytes, of which a few make a machine run out of memory.
constexpr int kMaxValueBytes = 64 << 20;

// Reading is permitted, and nothing else: ATTACH and VACUUM INTO would make files.
int only_reading(void*, int action, const char*, const char*, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    default: return SQLITE_DENY;
  }
}

QueryValue value_of(sqlite3_stmt* statement, int column) {
  const int type = sqlite3_column_type(statement, column);
  if (type == SQLITE_NULL) return {};
  if (type == SQLITE_FLOAT)
    return {QueryValue::Kind::kNumber, fmt::format("{}", sqlite3_column_double(statement, column))};
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  std::string text = bytes == nullptr ? std::string() : std::string(bytes, size);
  return {type == SQLITE_INTEGER ? QueryValue::Kind::kNumber : QueryValue::Kind::kText, std::move(text)};
}

Result<std::vector<Statement>> prepared_statements(sqlite3* database, const std::string& sql) {
  if (sql.find('\0') != std::string::npos) return fail({"a NUL byte in the query", "", "", ExitCode::kUsage});
  std::vector<Statement> statements;
  for (const char* rest = sql.c_str(); *rest != '\0';) {
    sqlite3_stmt* prepared = nullptr;
    const char* const begin = rest;
    if (sqlite3_prepare_v2(database, rest, -1, &prepared, &rest) != SQLITE_OK) return fail(sql_error(database, begin));
    if (prepared != nullptr) statements.emplace_back(prepared);  // else blanks or a comment
  }
  return statements;
}

Result<void> write_rows(sqlite3* database, sqlite3_stmt* statement, ResultWriter& writer) {
  const int columns = sqlite3_column_count(statement);
  std::vector<std::string> names;
  for (int i = 0; i < columns; ++i) names.emplace_back(sqlite3_column_name(statement, i));
  SOCKLOCK_TRY(writer.columns(names));
  std::vector<QueryValue> row(static_cast<std::size_t>(columns));
  int status = SQLITE_ROW;
  while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int i = 0; i < columns; ++i) row[static_cast<std::size_t>(i)] = value_of(statement, i);
    SOCKLOCK_TRY(writer.row(row));
  }
  if (status != SQLITE_DONE) return fail(sql_error(database, sqlite3_sql(statement)));
  return {};
}

Result<void> execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(Error{sqlite3_errmsg(database), sql, "", ExitCode::kBadInput});
}

Result<void> copy_tables(sqlite3* database) {
  SOCKLOCK_TRY(execute(
      database, "BEGIN; CREATE TABLE documentation (table_name TEXT, column_name TEXT, unit TEXT, meaning TEXT)"));
  for (const QueryTable& table : query_tables()) {
    SOCKLOCK_TRY(execute(database, table_definition(table)));
    SOCKLOCK_TRY(execute(database, fmt::format("INSERT INTO {0} SELECT * FROM trace_{0}", table.name)));
    for (const TableColumn& column : table.columns) {
      char* const sql = sqlite3_mprintf("INSERT INTO documentation VALUES (%Q, %Q, %Q, %Q)",
                                        std::string(table.name).c_str(), std::string(column.name).c_str(),
                                        std::string(column.unit).c_str(), std::string(column.meaning).c_str());
      const std::string text = sql;
      sqlite3_free(sql);
      SOCKLOCK_TRY(execute(database, text));
    }
  }
  return execute(database, "COMMIT");
}

}  // namespace

struct QueryDatabase::State {
  std::function<bool()> is_stopped;  // outlives the database, which asks it
  Database database;
};

QueryDatabase::QueryDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}
QueryDatabase::QueryDatabase(QueryDatabase&&) noexcept = default;
QueryDatabase& QueryDatabase::operator=(QueryDatabase&&) noexcept = default;
QueryDatabase::~QueryDatabase() = default;

Result<QueryDatabase> QueryDatabase::open(const QueryRuns& runs) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open(":memory:", &opened);
  Database database(opened);
  if (status != SQLITE_OK || register_tables(opened, runs) != SQLITE_OK)
    return fail({"SQLite can't be started", "", "", ExitCode::kBadInput});
  // A table declares its columns when it is first named, which is a statement that makes something.
  for (const QueryTable& table : query_tables())
    SOCKLOCK_TRY(execute(opened, fmt::format("SELECT 1 FROM {} LIMIT 0", table.name)));
  sqlite3_set_authorizer(opened, only_reading, nullptr);
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  return QueryDatabase(std::make_unique<State>(State{{}, std::move(database)}));
}

void QueryDatabase::stop_when(std::function<bool()> is_stopped) {
  state_->is_stopped = std::move(is_stopped);
  sqlite3_progress_handler(
      state_->database.get(), kStepsBetweenLooks,
      [](void* asked) { return (*static_cast<std::function<bool()>*>(asked))() ? 1 : 0; }, &state_->is_stopped);
}

Result<void> QueryDatabase::run(const std::string& sql, ResultWriter& writer) {
  sqlite3* const database = state_->database.get();
  SOCKLOCK_TRY_ASSIGN(const auto statements, prepared_statements(database, sql));
  for (const Statement& statement : statements) SOCKLOCK_TRY(write_rows(database, statement.get(), writer));
  return writer.end();
}

bool QueryDatabase::is_complete(const std::string& sql) { return sqlite3_complete(sql.c_str()) != 0; }

Result<void> export_sqlite(const QueryRuns& runs, const std::string& path) {
  auto file = AtomicFile::create(path, {.is_named = true});
  if (!file) {
    Error error = std::move(file).error();
    if (error.exit_code == ExitCode::kUsage) error.hint = "remove it, or name another";
    return fail(std::move(error));
  }
  sqlite3* opened = nullptr;
  // As it stands, SQLite would take ":memory:" for memory and "file:" for the begin of a URI.
  std::error_code none;
  const int status = sqlite3_open(std::filesystem::absolute(file->temporary_path(), none).c_str(), &opened);
  Database database(opened);
  // Half a copy is thrown away, not repaired: no journal, which would be another file to remove.
  if (status != SQLITE_OK || sqlite3_exec(opened, "PRAGMA journal_mode=OFF", nullptr, nullptr, nullptr) != SQLITE_OK ||
      register_tables(opened, runs, "trace_") != SQLITE_OK)
    return fail({fmt::format("cannot write: {}", opened == nullptr ? "" : sqlite3_errmsg(opened)), "'" + path + "'", "",
                 ExitCode::kBadInput});
  if (auto copied = copy_tables(opened); !copied) return fail(std::move(copied).error().in("'" + path + "'"));
  database.reset();
  return file->commit();
}

}  // namespace socklock::analyzer
