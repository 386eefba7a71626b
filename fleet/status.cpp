// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/status.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/units.h"
#include "fleet/schema.h"

namespace socklock::fleet {
namespace {

using analyzer::Figure;
using analyzer::Table;
using analyzer::Unit;
using analyzer::Value;

constexpr std::uint64_t kWeek = 7ULL * 86400;

std::uint64_t number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

Table late_table(const std::vector<std::vector<std::string>>& rows, std::uint64_t now_s) {
  Table table;
  table.id = "late";
  table.heading = "Hosts that are late";
  table.columns = {analyzer::names_column("host"),
                   {"silent_s", "silent", "since its last row, seconds", Unit::kCount},
                   {"last", "last row (UTC)", "", Unit::kNone, analyzer::Align::kLeft}};
  for (const auto& row : rows) {
    if (row.size() != 2) continue;
    const std::uint64_t last = number(row[1]);
    table.rows.push_back(
        {Figure::words(row[0]), Figure::count(now_s - std::min(now_s, last)), Figure::words(format_moment(last))});
  }
  return table;
}

// Names and figures, as sentences and as data.
class Report {
 public:
  void say(const char* name, std::string text) { facts_.push_back({name, std::move(text)}); }
  void count(const char* key, const char* name, std::uint64_t value) {
    data_.add(key, value);
    say(name, format_count(static_cast<double>(value)));
  }
  analyzer::Facts facts_;
  Value data_{Value::Object{}};
};

Result<void> add_schema(ClickHouseStore& store, Report& report) {
  SOCKLOCK_TRY_ASSIGN(
      const auto schema,
      store.table(fmt::format("SELECT max(version), argMax(cluster, applied), uniq(shards), max(shards) FROM {}.schema",
                              store.database())));
  if (!schema.empty() && schema[0].size() == 4) {
    report.count("schema_version", "schema", number(schema[0][0]));
    report.say("cluster", schema[0][1].empty() ? "one server" : schema[0][1]);
    if (number(schema[0][2]) > 1)
      report.say("shards",
                 fmt::format("were fewer or more before, now {}: hosts moved, and traces sent again may be there twice",
                             schema[0][3]));
  }
  for (const std::string_view table : kRowTables) {
    SOCKLOCK_TRY_ASSIGN(
        const auto bytes,
        store.table(fmt::format("SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database = {} "
                                "AND table IN ({}, {})",
                                sql_text(store.database()), sql_text(table), sql_text(std::string(table) + "_local"))));
    if (!bytes.empty() && bytes[0].size() == 2) {
      report.data_.add(std::string(table) + "_bytes", number(bytes[0][0]));
      report.say(std::string(table).c_str(),
                 fmt::format("{} in {} rows on the server that was asked", format_bytes(number(bytes[0][0])),
                             format_count(static_cast<double>(number(bytes[0][1])))));
    }
  }
  return {};
}

Result<void> add_taxonomies(ClickHouseStore& store, std::uint64_t now_s, Report& report) {
  SOCKLOCK_TRY_ASSIGN(
      const auto versions,
      store.table(fmt::format("SELECT t, count() FROM (SELECT host, max(taxonomy) AS t FROM {}.hours FINAL WHERE "
                              "minute >= toDateTime({}) GROUP BY host) GROUP BY t ORDER BY t",
                              store.database(), now_s - kWeek)));
  std::string text;
  for (const auto& row : versions)
    if (row.size() == 2) text += fmt::format("{}{} hosts at version {}", text.empty() ? "" : ", ", row[1], row[0]);
  report.say("taxonomy",
             text.empty() ? "no rows"
                          : text + (versions.size() > 1 ? ": socklock ship --again renames what older ones said" : ""));
  return {};
}

Result<void> add_doubts(ClickHouseStore& store, std::uint64_t now_s, Report& report) {
  SOCKLOCK_TRY_ASSIGN(const std::uint64_t doubled, store.doubled({now_s - kWeek, now_s + 3600}));
  report.count("doubled_rows", "doubled", doubled);
  // Who sends in another's name has another boot id at the same time.
  SOCKLOCK_TRY_ASSIGN(
      const auto shared,
      store.table(
          fmt::format("SELECT count(), min(h) FROM (SELECT host AS h FROM {}.hours FINAL WHERE minute >= "
                      "toDateTime({}) GROUP BY host, minute HAVING uniq(boot) > 1 AND sum(covered_ns) > 4000000000000)",
                      store.database(), now_s - kWeek)));
  if (!shared.empty() && shared[0].size() == 2) {
    report.count("hours_of_two_boots", "two boots", number(shared[0][0]));
    if (number(shared[0][0]) > 0) report.say("", shared[0][1] + " is one: two machines send under one name");
  }
  SOCKLOCK_TRY_ASSIGN(
      const auto lost,
      store.table(
          fmt::format("SELECT sum(lost_totals), sum(lost_details) FROM {}.hours FINAL WHERE minute >= toDateTime({})",
                      store.database(), now_s - kWeek)));
  if (!lost.empty() && lost[0].size() == 2) {
    report.count("lost_totals", "lost", number(lost[0][0]));
    report.count("lost_details", "lost detail", number(lost[0][1]));
  }
  if (store.schema() < 2) return {};
  // Each row says how many its host had lost by then.
  SOCKLOCK_TRY_ASSIGN(const auto gone,
                      store.table(fmt::format("SELECT sum(m) FROM (SELECT max(lost_traces) AS m FROM {}.hours WHERE "
                                              "minute >= toDateTime({}) GROUP BY host)",
                                              store.database(), now_s - kWeek)));
  if (!gone.empty()) report.count("lost_traces", "lost traces", number(gone[0][0]));
  return {};
}

template <typename Do>
Result<std::string> on_each_server(const StoreOptions& options, Do&& act) {
  SOCKLOCK_TRY_ASSIGN(ClickHouse client, ClickHouse::open(options));
  std::string text;
  for (std::size_t i = 0; i < client.servers(); ++i, client.turn_to_next()) {
    SOCKLOCK_TRY_ASSIGN(const std::string done, act(client));
    text += fmt::format("{}{}: {}\n", client.server().base, client.server().database, done);
  }
  return text;
}

Result<std::string> asked(ClickHouse& client, const std::string& sql) {
  auto answer = client.ask(sql);
  if (!answer) return fail(answer.error().error());
  return *std::move(answer);
}

// Of the table itself, not of the one that spreads over shards.
Result<std::string> stored_name(ClickHouse& client, std::string_view table) {
  const std::string& database = client.server().database;
  SOCKLOCK_TRY_ASSIGN(const std::string local,
                      asked(client, fmt::format("SELECT count() FROM system.tables WHERE database = {} AND name = {}",
                                                sql_text(database), sql_text(std::string(table) + "_local"))));
  return fmt::format("{}.{}", database, stored_table(table, number(local) > 0));
}

}  // namespace

Result<Status> status(ClickHouseStore& store, std::uint64_t now_s, std::uint64_t late_s) {
  Report report;
  report.data_.add("schema", "socklock.fleet-status/1");
  SOCKLOCK_TRY(add_schema(store, report));
  SOCKLOCK_TRY_ASSIGN(
      const auto hosts,
      store.table(
          fmt::format("SELECT uniqExact(host), max(toUInt32(minute)) FROM {}.minutes WHERE minute >= toDateTime({})",
                      store.database(), now_s - kWeek)));
  if (!hosts.empty() && hosts[0].size() == 2) report.count("hosts", "hosts", number(hosts[0][0]));
  SOCKLOCK_TRY(add_taxonomies(store, now_s, report));
  SOCKLOCK_TRY(add_doubts(store, now_s, report));
  SOCKLOCK_TRY_ASSIGN(const auto late,
                      store.table(fmt::format("SELECT host, max(toUInt32(minute)) AS last FROM {}.minutes WHERE minute "
                                              ">= toDateTime({}) GROUP BY host HAVING last < {} ORDER BY last",
                                              store.database(), now_s - kWeek, now_s - late_s)));
  Status result;
  result.late_hosts = late.size();
  report.count("late_hosts", "late", late.size());
  Table table = late_table(late, now_s);
  report.data_.add("late", analyzer::list_of(late, [](const auto& row) { return Value(row.empty() ? "" : row[0]); }));
  result.document.title = "socklock fleet status";
  result.document.headline = "What the fleet's store has";
  result.document.rows = table;
  result.document.data = std::move(report.data_);
  analyzer::Section facts;
  facts.blocks.emplace_back(std::move(report.facts_));
  result.document.sections.push_back(std::move(facts));
  if (!table.rows.empty()) {
    analyzer::Section section;
    section.heading = table.heading;
    section.blocks.emplace_back(std::move(table));
    result.document.sections.push_back(std::move(section));
  }
  return result;
}

Result<std::string> drop_older(const StoreOptions& store, std::uint64_t older_s, std::uint64_t now_s) {
  const std::uint64_t before = now_s - std::min(now_s, older_s);
  return on_each_server(store, [before](ClickHouse& client) -> Result<std::string> {
    SOCKLOCK_TRY_ASSIGN(const std::string table, stored_name(client, "minutes"));
    const std::size_t dot = table.find('.');
    SOCKLOCK_TRY_ASSIGN(
        const std::string parts,
        asked(client, fmt::format("SELECT DISTINCT partition FROM system.parts WHERE active AND database = {} AND "
                                  "table = {} AND toDate(partition) < toDate(toDateTime({}))",
                                  sql_text(table.substr(0, dot)), sql_text(table.substr(dot + 1)), before)));
    std::size_t dropped = 0;
    for (std::size_t begin = 0; begin < parts.size(); ++dropped) {
      const std::size_t end = std::min(parts.find('\n', begin), parts.size());
      SOCKLOCK_TRY(asked(
          client, fmt::format("ALTER TABLE {} DROP PARTITION {}", table, sql_text(parts.substr(begin, end - begin)))));
      begin = end + 1;
    }
    return fmt::format("{} days of minutes dropped, those before {}", dropped, format_moment(before / 86400 * 86400));
  });
}

Result<std::string> drop_host(const StoreOptions& store, const std::string& host) {
  if (host.empty()) return fail({"no host was named", "--host ''", "", ExitCode::kUsage});
  return on_each_server(store, [&host](ClickHouse& client) -> Result<std::string> {
    for (const std::string_view name : kRowTables) {
      SOCKLOCK_TRY_ASSIGN(const std::string table, stored_name(client, name));
      SOCKLOCK_TRY(asked(client, fmt::format("ALTER TABLE {} DELETE WHERE host = {}", table, sql_text(host))));
    }
    return fmt::format("rows of '{}' are being deleted (system.mutations says when that is done)", host);
  });
}

}  // namespace socklock::fleet
