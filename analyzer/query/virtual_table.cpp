// SPDX-License-Identifier: GPL-2.0-or-later
// A table of ours as SQLite's virtual table (https://www.sqlite.org/vtab.html): the interface is one of C, so what
// it hands around are structs that begin with its own.
#include "analyzer/query/virtual_table.h"

#include <fmt/format.h>

#include <new>
#include <sstream>
#include <string>
#include <vector>

namespace socklock::analyzer {
namespace {

struct Registered {
  const QueryTable* table;
  const QueryRuns* runs;
};

struct VirtualTable {
  sqlite3_vtab base;
  Registered registered;
};

struct VirtualCursor {
  sqlite3_vtab_cursor base;
  Registered registered;
  RowRequest request;
  std::unique_ptr<RowCursor> rows;
  bool is_at_end;
  sqlite3_int64 row;
};

VirtualCursor* cursor_of(sqlite3_vtab_cursor* cursor) { return reinterpret_cast<VirtualCursor*>(cursor); }

int connect(sqlite3* database, void* registered, int, const char* const*, sqlite3_vtab** made, char**) {
  const auto& source = *static_cast<const Registered*>(registered);
  const int status = sqlite3_declare_vtab(database, table_definition(*source.table).c_str());
  if (status != SQLITE_OK) return status;
  auto* const table = new (std::nothrow) VirtualTable{{}, source};
  if (table == nullptr) return SQLITE_NOMEM;
  *made = &table->base;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete reinterpret_cast<VirtualTable*>(table);
  return SQLITE_OK;
}

// What best_index() has to say to first() travels as text: "USED COLUMN...", the columns those to group by.
std::string to_plan(const RowRequest& request) {
  std::string plan = std::to_string(request.used);
  for (const std::size_t column : request.grouped_by) plan += " " + std::to_string(column);
  return plan;
}

RowRequest from_plan(const char* plan) {
  RowRequest request;
  if (plan == nullptr) return request;
  std::istringstream words(plan);
  words >> request.used;
  for (std::size_t column = 0; words >> column;) request.grouped_by.push_back(column);
  return request;
}

// The columns of a GROUP BY, which wants equal rows next to each other and no order; empty: it is something else.
std::vector<std::size_t> grouped_columns(sqlite3_index_info* info) {
  constexpr int kGroupBy = 1;  // https://www.sqlite.org/c3ref/vtab_distinct.html
  std::vector<std::size_t> columns;
  if (sqlite3_vtab_distinct(info) != kGroupBy) return columns;
  for (int i = 0; i < info->nOrderBy; ++i) {
    if (info->aOrderBy[i].iColumn < 0) return {};  // the row's number
    columns.push_back(static_cast<std::size_t>(info->aOrderBy[i].iColumn));
  }
  return columns;
}

// There is one way to read a table: from its first row to its last. But rows that are to be grouped may come so.
int best_index(sqlite3_vtab* base, sqlite3_index_info* info) {
  constexpr double kCost = 1e6;
  info->estimatedCost = kCost;
  const Registered& registered = reinterpret_cast<VirtualTable*>(base)->registered;
  try {
    RowRequest request{.used = info->colUsed, .grouped_by = grouped_columns(info)};
    const auto can_group = registered.table->can_group;
    const bool is_grouped = !request.grouped_by.empty() && can_group != nullptr && can_group(*registered.runs, request);
    if (!is_grouped) request.grouped_by.clear();
    info->orderByConsumed = is_grouped ? 1 : 0;
    info->idxStr = sqlite3_mprintf("%s", to_plan(request).c_str());
    info->needToFreeIdxStr = 1;
    return info->idxStr == nullptr ? SQLITE_NOMEM : SQLITE_OK;
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

int open_rows(sqlite3_vtab* table, sqlite3_vtab_cursor** made) {
  auto* const cursor =
      new (std::nothrow) VirtualCursor{{}, reinterpret_cast<VirtualTable*>(table)->registered, {}, nullptr, true, 0};
  if (cursor == nullptr) return SQLITE_NOMEM;
  *made = &cursor->base;
  return SQLITE_OK;
}

int close_rows(sqlite3_vtab_cursor* cursor) {
  delete cursor_of(cursor);
  return SQLITE_OK;
}

// Exceptions must not pass through SQLite, which is C.
int step(VirtualCursor& cursor) {
  try {
    if (cursor.rows == nullptr) cursor.rows = cursor.registered.table->open(*cursor.registered.runs, cursor.request);
    cursor.is_at_end = !cursor.rows->next();
    if (!cursor.is_at_end) return SQLITE_OK;
    const std::string error = cursor.rows->error();
    if (error.empty()) return SQLITE_OK;
    sqlite3_free(cursor.base.pVtab->zErrMsg);
    cursor.base.pVtab->zErrMsg = sqlite3_mprintf("%s", error.c_str());
    return SQLITE_IOERR;
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

int first(sqlite3_vtab_cursor* base, int, const char* plan, int, sqlite3_value**) {
  VirtualCursor& cursor = *cursor_of(base);
  try {
    cursor.request = from_plan(plan);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
  cursor.rows.reset();
  cursor.row = 0;
  return step(cursor);
}

int next(sqlite3_vtab_cursor* base) {
  VirtualCursor& cursor = *cursor_of(base);
  ++cursor.row;
  return step(cursor);
}

int at_end(sqlite3_vtab_cursor* cursor) { return cursor_of(cursor)->is_at_end ? 1 : 0; }

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
  *row = cursor_of(cursor)->row;
  return SQLITE_OK;
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int number) {
  const Cell cell = cursor_of(base)->rows->cell(static_cast<std::size_t>(number));
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    sqlite3_result_int64(context, *integer);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    sqlite3_result_double(context, *real);
  } else if (const auto* text = std::get_if<std::string_view>(&cell)) {
    // Static: text of cells outlives the database.
    sqlite3_result_text(context, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
  }
  return SQLITE_OK;
}

constexpr sqlite3_module make_module() {
  sqlite3_module module{};
  module.iVersion = 1;
  // Without xCreate a table needs no CREATE VIRTUAL TABLE: it is there under the module's name. Without xUpdate it
  // is read-only.
  module.xConnect = connect;
  module.xBestIndex = best_index;
  module.xDisconnect = disconnect;
  module.xDestroy = disconnect;
  module.xOpen = open_rows;
  module.xClose = close_rows;
  module.xFilter = first;
  module.xNext = next;
  module.xEof = at_end;
  module.xColumn = column;
  module.xRowid = row_id;
  return module;
}

constexpr sqlite3_module kModule = make_module();

const char* sql_name(CellType type) {
  if (type == CellType::kText) return "TEXT";
  return type == CellType::kReal ? "REAL" : "INTEGER";
}

}  // namespace

std::string table_definition(const QueryTable& table) {
  std::string columns;
  for (const TableColumn& column : table.columns)
    columns += (columns.empty() ? "" : ", ") + std::string(column.name) + " " + sql_name(column.type);
  return "CREATE TABLE " + std::string(table.name) + " (" + columns + ")";
}

int register_tables(sqlite3* database, const QueryRuns& runs, const std::string& prefix) {
  for (const QueryTable& table : query_tables()) {
    if (!table.view.empty()) {
      const std::string sql =
          fmt::format("CREATE TEMP VIEW {}{} AS {}", prefix, table.name, fmt::format(fmt::runtime(table.view), prefix));
      if (const int status = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr); status != SQLITE_OK)
        return status;
      continue;
    }
    auto* const registered = new Registered{&table, &runs};
    const int status =
        sqlite3_create_module_v2(database, (prefix + std::string(table.name)).c_str(), &kModule, registered,
                                 [](void* client) { delete static_cast<Registered*>(client); });
    if (status != SQLITE_OK) return status;
  }
  return SQLITE_OK;
}

}  // namespace socklock::analyzer
