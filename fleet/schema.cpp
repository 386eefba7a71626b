// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/schema.h"

#include <fmt/format.h>

#include <charconv>

#include "fleet/row_binary.h"

namespace socklock::fleet {
namespace {

// From these versions on a statement knows what it says.
constexpr ServerVersion kTableTtl{19, 6};
constexpr ServerVersion kGrants{20, 5};

std::string engine(const SchemaOptions& options, std::string_view table, std::string_view version_column) {
  if (!options.replicated) return fmt::format("ReplacingMergeTree({})", version_column);
  return fmt::format("ReplicatedReplacingMergeTree('/clickhouse/tables/{{shard}}/{}/{}', '{{replica}}', {})",
                     options.database, table, version_column);
}

std::string columns_text() {
  std::string text;
  for (const ColumnOfRow& column : columns_of_rows()) {
    const bool is_nested = column.name.find('.') != std::string_view::npos;
    text += fmt::format("{}\n  {} {}", text.empty() ? "" : ",",
                        is_nested ? fmt::format("`{}`", column.name) : column.name, column.type);
  }
  return text;
}

// The first schema's had no number.
std::string intake_view(std::string_view table, std::uint32_t schema) {
  return schema == 1 ? fmt::format("{}_intake", table) : fmt::format("{}_intake_{}", table, schema);
}

struct RowTable {
  std::string_view name;
  std::string_view partition;
  std::string_view order;
  unsigned keep_days;
};

class Statements {
 public:
  Statements(const SchemaOptions& options, ServerVersion version, std::uint32_t from)
      : options_(options), version_(version), from_(from) {}

  SchemaSteps made() && {
    add(steps_.stored, "CREATE DATABASE IF NOT EXISTS {}", options_.database);
    // Time first by hour: windows read what they need.
    rows({"minutes", "day", "(toStartOfHour(minute), host, minute, trace)", options_.keep_minutes_days});
    rows({"hours", "toYYYYMM(day)", "(day, host, minute, trace)", options_.keep_hours_days});
    names();
    add(steps_.stored,
        "CREATE TABLE IF NOT EXISTS {}.schema (version UInt32, applied DateTime, cluster String, shards UInt32) ENGINE "
        "= TinyLog",
        options_.database);
    waits_view("minutes");
    waits_view("hours");
    return std::move(steps_);
  }

 private:
  using List = std::vector<std::string>;
  template <typename... Parts>
  static void add(List& list, fmt::format_string<Parts...> text, Parts&&... parts) {
    list.push_back(fmt::format(text, std::forward<Parts>(parts)...));
  }

  void distributed(std::string_view table, std::string_view key) {
    if (options_.cluster.empty()) return;
    add(steps_.spread,
        "CREATE TABLE IF NOT EXISTS {0}.{1} AS {0}.{1}_local ENGINE = Distributed({2}, {0}, {1}_local, {3})",
        options_.database, table, options_.cluster, key);
  }

  // Columns that newer schemas brought, for a table that is there. 18.16 has no ADD COLUMN IF NOT EXISTS: what is there
  // already is an error, which who runs this passes over.
  void upgrade(List& list, const std::string& table) {
    for (const ColumnOfRow& column : columns_of_rows())
      if (from_ > 0 && column.since > from_)
        add(list, "ALTER TABLE {}.{} ADD COLUMN {} {}", options_.database, table, column.name, column.type);
  }

  void rows(const RowTable& table) {
    const std::string& db = options_.database;
    const std::string stored = stored_table(table.name, !options_.cluster.empty());
    add(steps_.stored,
        "CREATE TABLE IF NOT EXISTS {}.{} ({}\n) ENGINE = {} PARTITION BY {} ORDER BY {} SETTINGS index_granularity = "
        "256",
        db, stored, columns_text(), engine(options_, table.name, "revision"), table.partition, table.order);
    upgrade(steps_.stored, stored);
    if (version_ >= kTableTtl)
      add(steps_.stored, "ALTER TABLE {}.{} MODIFY TTL day + INTERVAL {} DAY", db, stored, table.keep_days);
    distributed(table.name, "cityHash64(host)");
    if (!options_.cluster.empty()) upgrade(steps_.spread, std::string(table.name));
    add(steps_.spread, "CREATE TABLE IF NOT EXISTS {0}.{1}_in AS {0}.{2} ENGINE = Null", db, table.name, stored);
    upgrade(steps_.spread, std::string(table.name) + "_in");
    intake(table);
  }

  // What a host may not make: partitions of other years, rows without a host, arrays without bounds. The shipper looks
  // at the same before it sends, so that nothing of its own is dropped here without a word. A view has the columns that
  // it was made with, and 18.16 refuses to write by one that lacks a column of its target: from the first new column
  // until the older view is gone shippers are told to come later. The new one is there before that, since an INSERT
  // that meets no view is answered with 200 and gone.
  void intake(const RowTable& table) {
    const std::string& db = options_.database;
    std::string columns;
    for (const ColumnOfRow& column : columns_of_rows())
      columns += fmt::format("{}`{}`", columns.empty() ? "" : ", ", column.name);
    add(steps_.spread,
        "CREATE MATERIALIZED VIEW IF NOT EXISTS {0}.{1} TO {0}.{2} AS SELECT {3} FROM {0}.{2}_in\n"
        "  WHERE day = toDate(minute, 'UTC') AND minute > now() - {4} * 86400 AND minute < now() + 3600\n"
        "    AND length(host) BETWEEN 1 AND 253 AND covered_ns <= 7200000000000 AND length(labels) <= 32\n"
        "    AND length(lock.name) <= {5} AND length(cell.bucket) <= {6}",
        db, intake_view(table.name, kSchemaVersion), table.name, columns, kOldestDays, kMaxLocks, kMaxCells);
    for (std::uint32_t older = from_; older > 0 && older < kSchemaVersion; ++older)
      add(steps_.spread, "DROP TABLE IF EXISTS {}.{}", db, intake_view(table.name, older));
  }

  void names() {
    const std::string& db = options_.database;
    const std::string stored = stored_table("names", !options_.cluster.empty());
    add(steps_.stored,
        "CREATE TABLE IF NOT EXISTS {}.{} (name UInt64, lock_class String, role String, call_path String, context "
        "String,\n"
        "  function String, kind String, taxonomy UInt32) ENGINE = {} ORDER BY name",
        db, stored, engine(options_, "names", "taxonomy"));
    distributed("names", "name");
    add(steps_.spread, "CREATE TABLE IF NOT EXISTS {0}.names_in AS {0}.{1} ENGINE = Null", db, stored);
    add(steps_.spread,
        "CREATE MATERIALIZED VIEW IF NOT EXISTS {0}.names_intake TO {0}.names AS SELECT * FROM {0}.names_in\n"
        "  WHERE length(lock_class) < 256 AND length(role) < 256 AND length(call_path) < 256 AND length(context) < "
        "256\n"
        "    AND length(function) < 256 AND length(kind) < 256",
        db);
  }

  // For people and Grafana: a row a lock.
  void waits_view(std::string_view table) {
    add(steps_.spread,
        "CREATE VIEW IF NOT EXISTS {0}.{2} AS SELECT day, minute, host, kernel, labels, lock_class, role, call_path,\n"
        "  context, function, kind, contentions, wait_ns, max_ns\n"
        "FROM (SELECT day, minute, host, kernel, labels, n AS name, c AS contentions, w AS wait_ns, x AS max_ns\n"
        "  FROM {0}.{1} FINAL ARRAY JOIN lock.name AS n, lock.contentions AS c, lock.wait_ns AS w, lock.max_ns AS x)\n"
        "ANY LEFT JOIN (SELECT name, lock_class, role, call_path, context, function, kind FROM {0}.names) USING (name)",
        options_.database, table, table == "minutes" ? "waits" : "waits_by_hour");
  }

  const SchemaOptions& options_;
  ServerVersion version_;
  std::uint32_t from_;
  SchemaSteps steps_;
};

}  // namespace

ServerVersion server_version(std::string_view text) {
  ServerVersion version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec == std::errc() && major.ptr != end) std::from_chars(major.ptr + 1, end, version.minor);
  return version;
}

std::string stored_table(std::string_view table, bool is_cluster) {
  return std::string(table) + (is_cluster ? "_local" : "");
}

SchemaSteps schema_statements(const SchemaOptions& options, ServerVersion version, std::uint32_t from) {
  return Statements(options, version, from).made();
}

Result<void> check_identifier(const std::string& name, const std::string& option) {
  const bool is_one =
      !name.empty() && name.size() <= 64 && (std::isalpha(static_cast<unsigned char>(name[0])) != 0) &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
  if (is_one) return {};
  return fail({"not a name of letters, digits and '_'", option + " '" + name + "'", "", ExitCode::kUsage});
}

std::string sql_text(std::string_view text) {
  std::string sql = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') sql += '\\';
    sql += c == '\0' ? ' ' : c;
  }
  return sql + "'";
}

std::string intake_site(const SchemaOptions& options) {
  std::string text = fmt::format(
      "# An nginx in front of the store, for hosts that are not trusted: it takes rows and nothing else, with a "
      "client's\n"
      "# certificate, and says itself who asks and what. Of what a host asks only the table is looked at.\n"
      "# Hosts: socklock ship --to https://THIS:8444/{}\n"
      "map $arg_query $socklock_query {{\n  default \"\";\n",
      options.database);
  for (const std::string_view table : {"minutes", "hours", "names"})
    text += fmt::format(
        "  \"~^INSERT(%20|\\+)INTO(%20|\\+){0}\\.{1}_in(%20|\\+)\"\n"
        "    \"INSERT+INTO+{0}.{1}_in+({2})+FORMAT+RowBinary\";\n",
        options.database, table, table == "names" ? std::string(kNameColumns) : column_names(kSchemaVersion));
  return text +
         "}\n"
         "server {\n"
         "  listen 8444 ssl;\n"
         "  ssl_certificate /etc/nginx/socklock/server.crt;\n"
         "  ssl_certificate_key /etc/nginx/socklock/server.key;\n"
         "  ssl_client_certificate /etc/nginx/socklock/hosts-ca.crt;\n"
         "  ssl_verify_client on;\n"
         "  client_max_body_size 8m;\n"
         "  location = / {\n"
         "    limit_except POST { deny all; }\n"
         "    if ($socklock_query = \"\") { return 403; }\n"
         "    # Of ClickHouse 21.11 and later also &wait_for_async_insert=1.\n"
         "    set $args \"query=$socklock_query&insert_distributed_sync=1&wait_end_of_query=1\";\n"
         "    proxy_set_header X-ClickHouse-User socklock_ship;\n"
         "    proxy_set_header X-ClickHouse-Key PASSWORD;\n"
         "    proxy_pass http://127.0.0.1:8123;\n"
         "  }\n"
         "  location / { return 403; }\n"
         "}\n";
}

}  // namespace socklock::fleet
