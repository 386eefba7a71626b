// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/init.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "fleet/row_binary.h"

namespace socklock::fleet {
namespace {

// Of the store that is there; 0: none.
Result<std::uint32_t> version_of(ClickHouse& store, const std::string& database) {
  const auto answer = store.ask(fmt::format("SELECT max(version) FROM {}.schema", database));
  if (!answer) return 0;
  const auto version = std::strtoul(answer->c_str(), nullptr, 10);
  if (version <= kSchemaVersion) return static_cast<std::uint32_t>(version);
  return fail({fmt::format("its schema is of version {}, this program knows {}", version, kSchemaVersion),
               store.server().base, "a newer socklock", ExitCode::kBadInput});
}

Result<void> check_default_user(ClickHouse& store, bool insecure) {
  if (insecure || store.server().is_loopback || !store.lets_in_without_password("default")) return {};
  return fail({"user 'default' needs no password, and every user of the store can become it", store.server().base,
               "give it one (users.xml), or say --insecure", ExitCode::kNotPermitted});
}

// What is there already: a view (18.16 has no IF NOT EXISTS for it), or a column.
bool is_there_already(int code) { return code == 57 || code == 44 || code == 15; }

Result<void> run(ClickHouse& store, const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    const auto done = store.ask(statement);
    if (done || is_there_already(done.error().code)) continue;
    Error error = done.error().error();
    error.where = fmt::format("{}: {}", error.where, cut(statement, 100));
    return fail(std::move(error));
  }
  return {};
}

struct Shards {
  unsigned long shards = 1, servers = 1;
};

Result<Shards> shards_of(ClickHouse& store, const std::string& cluster) {
  if (cluster.empty()) return Shards{};
  const auto answer = store.ask(fmt::format(
      "SELECT max(shard_num), count() FROM system.clusters WHERE cluster = {} FORMAT TabSeparated", sql_text(cluster)));
  if (!answer) return fail(answer.error().error());
  char* end = nullptr;
  Shards shards;
  shards.shards = std::strtoul(answer->c_str(), &end, 10);
  shards.servers = std::strtoul(end, nullptr, 10);
  if (shards.servers == 0)
    return fail({"it knows no such cluster", fmt::format("{} '{}'", store.server().base, cluster),
                 "--cluster: a name in its remote_servers", ExitCode::kUsage});
  return shards;
}

struct Server {
  std::string version;
  std::uint32_t from;
  SchemaSteps steps;
};

Result<std::vector<Server>> look_at(ClickHouse& store, const InitOptions& options) {
  std::vector<Server> servers;
  for (std::size_t i = 0; i < store.servers(); ++i, store.turn_to_next()) {
    const auto version = store.ask("SELECT version()");
    if (!version) return fail(version.error().error());
    SOCKLOCK_TRY_ASSIGN(const std::uint32_t from, version_of(store, options.schema.database));
    servers.push_back({printable(version->substr(0, version->find('\n'))), from,
                       schema_statements(options.schema, server_version(*version), from)});
  }
  return servers;
}

Result<std::string> note(ClickHouse& store, const SchemaOptions& schema, const Server& server, const Shards& shards) {
  const auto noted = store.ask(fmt::format("INSERT INTO {}.schema VALUES ({}, now(), {}, {})", schema.database,
                                           kSchemaVersion, sql_text(schema.cluster), shards.shards));
  if (!noted) return fail(noted.error().error());
  return fmt::format(
      "{}{}: schema {}{}, {}\n", store.server().base, schema.database, kSchemaVersion,
      server.from > 0 && server.from < kSchemaVersion ? fmt::format(" (was {})", server.from) : "",
      schema.cluster.empty() ? "one server" : fmt::format("cluster {} of {} shards", schema.cluster, shards.shards));
}

Result<std::string> apply(ClickHouse& store, const InitOptions& options, const std::vector<Server>& servers) {
  Shards shards;
  for (std::size_t i = 0; i < servers.size(); ++i, store.turn_to_next()) {
    SOCKLOCK_TRY(check_default_user(store, options.insecure));
    SOCKLOCK_TRY_ASSIGN(shards, shards_of(store, options.schema.cluster));
    if (shards.servers != servers.size() && !options.schema.cluster.empty())
      return fail({fmt::format("the cluster has {} servers, and --to names {}", shards.servers, servers.size()),
                   options.schema.cluster, "--to URL for each of them, so that no one lacks a column",
                   ExitCode::kUsage});
  }
  for (const auto step : {&SchemaSteps::stored, &SchemaSteps::spread})
    for (const Server& server : servers) {
      SOCKLOCK_TRY(run(store, server.steps.*step));
      store.turn_to_next();
    }
  std::string text;
  for (const Server& server : servers) {
    SOCKLOCK_TRY_ASSIGN(const std::string line, note(store, options.schema, server, shards));
    text += line;
    store.turn_to_next();
  }
  return text;
}

std::string printed(ClickHouse& store, const SchemaOptions& schema, const std::vector<Server>& servers) {
  std::string text;
  for (const Server& server : servers) {
    text += fmt::format("-- for {} (ClickHouse {}); in a cluster the first part on every server, then the second\n",
                        store.server().base, server.version);
    for (const std::string& statement : server.steps.stored) text += statement + ";\n";
    text += "-- second part\n";
    for (const std::string& statement : server.steps.spread) text += statement + ";\n";
    text += fmt::format("INSERT INTO {}.schema VALUES ({}, now(), {}, 1);\n", schema.database, kSchemaVersion,
                        sql_text(schema.cluster));
    store.turn_to_next();
  }
  return text;
}

}  // namespace

Result<std::string> init(const StoreOptions& store_options, const InitOptions& given) {
  SOCKLOCK_TRY_ASSIGN(ClickHouse store, ClickHouse::open(store_options));
  InitOptions options = given;
  options.schema.database = store.server().database;
  SOCKLOCK_TRY(check_identifier(options.schema.database, "database"));
  SOCKLOCK_TRY_ASSIGN(const std::vector<Server> servers, look_at(store, options));
  if (options.apply) return apply(store, options, servers);
  return printed(store, options.schema, servers);
}

}  // namespace socklock::fleet
