// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of a fleet's store, for the server that is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::fleet {

// Of SELECT version(): "18.16.1".
struct ServerVersion {
  unsigned major = 0, minor = 0;
  auto operator<=>(const ServerVersion&) const = default;
};
ServerVersion server_version(std::string_view text);

struct SchemaOptions {
  std::string database = "socklock";
  std::string cluster{};    // of the server's remote_servers; empty: one server
  bool replicated = false;  // by ZooKeeper or Keeper, with the macros {shard} and {replica}
  unsigned keep_minutes_days = 14;
  unsigned keep_hours_days = 400;
};

// Rows older than this are not taken: a clock that stands wrong makes no partitions.
inline constexpr unsigned kOldestDays = 35;
inline constexpr std::string_view kRowTables[] = {"minutes", "hours"};

// Statements, each of which may be run again. In a cluster each step is to be done on every server before the next:
// a server that knows a column sends it to those that must know it, too. `from`: the schema that is there, 0: none.
struct SchemaSteps {
  std::vector<std::string> stored;  // tables that have the rows
  std::vector<std::string> spread;  // what stands in front of them: shards, intakes, views
};
SchemaSteps schema_statements(const SchemaOptions& options, ServerVersion version, std::uint32_t from);
// Where rows are (the engine's table behind `minutes`): "minutes_local" in a cluster, else "minutes".
std::string stored_table(std::string_view table, bool is_cluster);

// Of DDL: database, cluster and user names are letters, digits and '_'. Errors: usage.
Result<void> check_identifier(const std::string& name, const std::string& option);
// A text of SQL in quotes.
std::string sql_text(std::string_view text);

// What an nginx in front of the store has to be told where hosts are not trusted.
std::string intake_site(const SchemaOptions& options);

}  // namespace socklock::fleet
