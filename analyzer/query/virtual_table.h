// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sqlite3.h>

#include <string>

#include "analyzer/query/table.h"

namespace socklock::analyzer {

// Makes every table of query_tables() known to `database` under its name after `prefix`, read-only. `runs` have to
// outlive the database. An SQLite result code.
int register_tables(sqlite3* database, const QueryRuns& runs, const std::string& prefix = "");

// "CREATE TABLE name (run INTEGER, ...)"
std::string table_definition(const QueryTable& table);

}  // namespace socklock::analyzer
