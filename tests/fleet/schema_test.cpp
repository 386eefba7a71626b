// SPDX-License-Identifier: GPL-2.0-or-later
// Stores of older and newer schemas, shippers of both, upgrades that die half way and go on beside shippers, rows of
// other lengths, replicas: on servers that the test starts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "fleet/click_house.h"
#include "fleet/row_binary.h"
#include "fleet/schema.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"
#include "tests/fleet/server.h"

namespace socklock::fleet {
namespace {

using nlohmann::json;
using testing::Folder;
using testing::Servers;

std::uint64_t hour_ago() { return static_cast<std::uint64_t>(std::time(nullptr)) / 3600 * 3600 - 3600; }

class Schemas : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Servers::why_missing(); !why.empty()) GTEST_SKIP() << why;
    examples_ = testing::example_traces();
  }

  // The statements of a file, which end with ";" and a line's end.
  static void run_file(const Servers& servers, const std::string& name, unsigned index = 0) {
    std::ifstream file("tests/fleet/schemas/" + name);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    ASSERT_FALSE(text.empty()) << name;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find(";\n", begin), text.size());
      servers.ask(text.substr(begin, end - begin), index);
      begin = end + 2;
    }
  }

  // One more host's trace, of ten minutes; all waits so far are added up.
  void add_trace() {
    const std::string path = traces_.file(fmt::format("{:03}.slk", hosts_));
    ASSERT_TRUE(replay(examples_[hosts_ % examples_.size()], path,
                       {.host = fmt::format("host-{}", hosts_), .begin_s = hour_ago() + 600, .duration_s = 600}));
    for (const auto& [name, sums] : testing::queried(path)) wait_ns_ += sums.wait_ns;
    ++hosts_;
  }

  [[nodiscard]] testing::Ran ship(const Servers& servers, const std::string& more = "") const {
    return testing::socklock(fmt::format("ship --once --dir {} --state {} --to {} {}", traces_.path(),
                                         traces_.file("state"), servers.url(), more));
  }

  void expect_all(const Servers& servers) const {
    for (const char* table : {"minutes", "hours"})
      EXPECT_EQ(servers.ask(fmt::format("SELECT sum(arraySum(lock.wait_ns)) FROM (SELECT lock.wait_ns FROM "
                                        "socklock.{} FINAL)",
                                        table)),
                fmt::format("{}", wait_ns_))
          << table;
    const auto top = testing::socklock("fleet top --json --limit 0 --since 3h --from " + servers.url());
    ASSERT_EQ(top.status, 0) << top.err;
    std::uint64_t sum = 0;
    const json parsed = json::parse(top.out);
    for (const json& row : parsed["top"]) sum += row["wait_ns"].get<std::uint64_t>();
    EXPECT_EQ(sum, wait_ns_);
  }

  static std::string init(const Servers& servers, unsigned count = 1) {
    std::string command = "fleet init --apply";
    if (count > 1) command += fmt::format(" --cluster {}", testing::kCluster);
    for (unsigned i = 0; i < count; ++i) command += " --to " + servers.url(i);
    return command;
  }

  Folder traces_;
  std::vector<std::string> examples_;
  unsigned hosts_ = 0;
  std::uint64_t wait_ns_ = 0;
};

// A row as the shipper of schema 1 sends it; whether it was taken.
bool send_old_row(const Servers& servers, const std::string& table, std::uint64_t time_s) {
  auto store = ClickHouse::open({.urls = {servers.url()}});
  Row row;
  row.time_s = static_cast<std::uint32_t>(time_s);
  row.host = "old-shipper";
  row.covered_ns = 60'000'000'000;
  row.locks = {{1, 2, 0, 300, 100, 200}};
  std::string bytes;
  append_row_binary(bytes, row, 1);
  const auto sent =
      store->insert(fmt::format("INSERT INTO socklock.{}_in ({}) FORMAT RowBinary", table, column_names(1)), bytes);
  // What is not taken is to be sent later, not set aside.
  if (!sent) {
    EXPECT_EQ(sent.error().trouble, Trouble::kAway) << sent.error().what;
  }
  return sent.has_value();
}

TEST_F(Schemas, OldStoreThenUpgraded) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  run_file(servers, "1.sql");
  add_trace();
  ASSERT_EQ(ship(servers).status, 0);
  expect_all(servers);
  // What the store can't say is not sent otherwise.
  add_trace();
  const auto longer = ship(servers, "--every 5m");
  EXPECT_EQ(longer.status, 3) << longer.out;
  EXPECT_NE(longer.err.find("fleet init"), std::string::npos) << longer.err;
  EXPECT_FALSE(std::filesystem::exists(traces_.file("state/refused")));
  const auto upgraded = testing::socklock(init(servers));
  ASSERT_EQ(upgraded.status, 0) << upgraded.err;
  EXPECT_NE(upgraded.out.find("schema 2 (was 1)"), std::string::npos) << upgraded.out;
  ASSERT_EQ(ship(servers).status, 0);
  expect_all(servers);
  EXPECT_EQ(servers.ask("SELECT groupUniqArray(length_s) FROM (SELECT length_s FROM socklock.minutes FINAL ORDER BY "
                        "length_s, minute, host)"),
            "[0,60]");
  // The old shipper goes on, and what it sends comes in once.
  for (const char* table : {"minutes", "hours"}) EXPECT_TRUE(send_old_row(servers, table, hour_ago()));
  wait_ns_ += 300;
  EXPECT_EQ(servers.ask("SELECT count() FROM socklock.minutes WHERE host = 'old-shipper'"), "1");
  // Its name is in no table of names: still counted.
  expect_all(servers);
  ASSERT_EQ(testing::socklock(init(servers)).status, 0);
  expect_all(servers);
}

// An upgrade that dies after any of its statements is taken up by the next one. What the store takes meanwhile is there
// once; what it does not take (18.16 wants a view to have every column of its target) comes later.
TEST_F(Schemas, UpgradesThatDie) {
  const SchemaSteps steps = schema_statements({}, {18, 16}, 1);
  std::vector<std::string> all = steps.stored;
  all.insert(all.end(), steps.spread.begin(), steps.spread.end());
  Servers servers;
  ASSERT_TRUE(servers.start());
  run_file(servers, "1.sql");
  auto store = ClickHouse::open({.urls = {servers.url()}});
  std::map<std::string, unsigned> taken;
  for (std::size_t i = 0; i < all.size(); ++i) {
    store->ask(all[i]);  // what is there already is an error of 18.16
    for (const char* table : {"minutes", "hours"}) taken[table] += send_old_row(servers, table, hour_ago() + 60 * i);
    for (const char* table : {"minutes", "hours"})
      ASSERT_EQ(servers.ask(fmt::format("SELECT count() FROM (SELECT host FROM socklock.{} FINAL)", table)),
                fmt::format("{}", taken[table]))
          << "after: " << all[i];
  }
  EXPECT_GE(taken["minutes"], 4U);
  ASSERT_EQ(testing::socklock(init(servers)).status, 0);
  EXPECT_EQ(servers.ask("SELECT count() FROM system.tables WHERE database = 'socklock' AND name LIKE '%intake%'"), "3");
  add_trace();
  ASSERT_EQ(ship(servers).status, 0);
  EXPECT_EQ(servers.ask("SELECT sum(arraySum(lock.wait_ns)) FROM socklock.minutes WHERE host = 'host-0'"),
            fmt::format("{}", wait_ns_));
  EXPECT_EQ(servers.ask("SELECT count() FROM (SELECT host FROM socklock.minutes FINAL WHERE host = 'old-shipper')"),
            fmt::format("{}", taken["minutes"]));
}

TEST_F(Schemas, ClustersAreUpgradedTogether) {
  Servers servers(2);
  ASSERT_TRUE(servers.start_all());
  for (unsigned i = 0; i < 2; ++i) run_file(servers, "1-cluster.sql", i);
  for (int i = 0; i < 6; ++i) add_trace();
  ASSERT_EQ(ship(servers).status, 0);
  const auto one =
      testing::socklock(fmt::format("fleet init --apply --cluster {} --to {}", testing::kCluster, servers.url()));
  EXPECT_EQ(one.status, 2) << one.out;
  EXPECT_NE(one.err.find("the cluster has 2 servers, and --to names 1"), std::string::npos) << one.err;
  const auto unknown = testing::socklock("fleet init --apply --cluster nobody --to " + servers.url());
  EXPECT_EQ(unknown.status, 2) << unknown.err;
  const auto upgraded = testing::socklock(init(servers, 2));
  ASSERT_EQ(upgraded.status, 0) << upgraded.err;
  for (int i = 0; i < 6; ++i) add_trace();
  ASSERT_EQ(ship(servers).status, 0);
  expect_all(servers);
  for (unsigned i = 0; i < 2; ++i)
    EXPECT_NE(servers.ask("SELECT count() FROM socklock.minutes_local WHERE length_s = 60", i), "0");
}

TEST_F(Schemas, NewerIsLeftAlone) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock(init(servers)).status, 0);
  servers.ask("INSERT INTO socklock.schema VALUES (99, now(), '', 1)");
  add_trace();
  // What it knows is a part of what is there.
  EXPECT_EQ(ship(servers).status, 0);
  const auto again = testing::socklock(init(servers));
  EXPECT_EQ(again.status, 3);
  EXPECT_NE(again.err.find("a newer socklock"), std::string::npos) << again.err;
  EXPECT_EQ(testing::socklock("fleet top --from " + servers.url()).status, 3);
}

// Rows of five minutes: a fifth of them, the same sums; a question whose windows end between two says so, and what
// would count twice is refused, or found.
TEST_F(Schemas, LongerRows) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock(init(servers)).status, 0);
  for (int i = 0; i < 3; ++i) add_trace();
  EXPECT_EQ(ship(servers, "--every 7m").status, 2);
  ASSERT_EQ(ship(servers, "--every 5m").status, 0);
  expect_all(servers);
  EXPECT_LE(std::stoul(servers.ask("SELECT max(c) FROM (SELECT count() AS c FROM socklock.minutes GROUP BY host)")),
            3U);
  EXPECT_EQ(servers.ask("SELECT any(length_s), uniq(length_s) FROM socklock.minutes"), "300\t1");
  const auto compare = [&](const char* at) {
    return testing::socklock(
        fmt::format("compare --json --from {} --canary host=host-0 --control host=host-1 --at @{} "
                    "--window 4m",
                    servers.url(), hour_ago() + (std::string(at) == "between" ? 880 : 900)));
  };
  const auto between = compare("between");
  EXPECT_EQ(between.status, 2) << between.out;  // no whole row of five minutes lies in four
  EXPECT_NE(between.err.find("no row of 5 minutes"), std::string::npos) << between.err;
  const auto wider = testing::socklock(
      fmt::format("compare --json --from {} --canary host=host-0 --control host=host-1 --at @{} --window 9m",
                  servers.url(), hour_ago() + 960));
  ASSERT_EQ(wider.status, 0) << wider.err;
  const json result = json::parse(wider.out);
  EXPECT_EQ(result["before"]["end_s"].get<std::uint64_t>() % 300, 0U);
  EXPECT_NE(wider.out.find("rows of 5 minutes"), std::string::npos) << wider.out;
  // By the minute again: these replace what they were part of.
  ASSERT_EQ(ship(servers, "--again 2h\\ ago..now").status, 0);
  expect_all(servers);
  // The other way they would count twice: refused; with a ledger that was lost found by whoever asks.
  const auto again = ship(servers, "--every 5m --again 2h\\ ago..now");
  EXPECT_EQ(again.status, 2) << again.out;
  EXPECT_NE(again.err.find("rows sent so far are of 60 s"), std::string::npos) << again.err;
  std::filesystem::remove_all(traces_.file("state"));
  ASSERT_EQ(ship(servers, "--every 5m").status, 0);
  const auto doubled = testing::socklock(
      fmt::format("compare --json --from {} --canary host=host-0 --control host=host-1 --at @{} --window 5m",
                  servers.url(), hour_ago() + 900));
  ASSERT_EQ(doubled.status, 0) << doubled.err;
  const json told = json::parse(doubled.out);
  EXPECT_EQ(told["verdict"], "inconclusive");
  EXPECT_NE(told["no_verdict"].dump().find("count twice"), std::string::npos) << doubled.out;
}

// Answers count a row once whether the server has merged it or not; what is on two shards is told.
TEST_F(Schemas, AnswersCountOnce) {
  Servers servers(2);
  ASSERT_TRUE(servers.start_all());
  ASSERT_EQ(testing::socklock(init(servers, 2)).status, 0);
  for (int i = 0; i < 6; ++i) add_trace();
  for (unsigned i = 0; i < 2; ++i) servers.ask("SYSTEM STOP MERGES", i);
  for (int i = 0; i < 3; ++i) {
    std::filesystem::remove_all(traces_.file("state"));
    ASSERT_EQ(ship(servers).status, 0);
  }
  EXPECT_NE(servers.ask("SELECT count() = (SELECT count() FROM (SELECT 1 FROM socklock.hours FINAL)) FROM "
                        "socklock.hours"),
            "1");
  expect_all(servers);
  const auto host = testing::socklock("fleet host host-2 --json --limit 0 --since 3h --from " + servers.url());
  ASSERT_EQ(host.status, 0) << host.err;
  std::uint64_t by_class = 0, by_time = 0;
  const json of_host = json::parse(host.out);
  for (const json& row : of_host["by_class"]) by_class += row["wait_ns"].get<std::uint64_t>();
  for (const json& row : of_host["time_line"]) by_time += row["wait_ns"].get<std::uint64_t>();
  EXPECT_EQ(by_class, by_time);
  const auto ask =
      fmt::format("compare --json --from {} --canary host=host-2 --control host=host-3 --at @{} --window 5m",
                  servers.url(), hour_ago() + 900);
  EXPECT_EQ(testing::socklock(ask).out.find("count twice"), std::string::npos);
  // As after a shard was added, and the trace sent again.
  std::string moved = "INSERT INTO socklock.minutes_local SELECT * FROM remote('127.0.0.1:";
  for (unsigned from = 0; from < 2; ++from)
    servers.ask(fmt::format("{}{}', socklock, minutes_local) WHERE host = 'host-2'", moved, servers.tcp_port(from)),
                1 - from);
  const auto doubled = testing::socklock(ask);
  ASSERT_EQ(doubled.status, 0) << doubled.err;
  EXPECT_NE(json::parse(doubled.out)["no_verdict"].dump().find("count twice"), std::string::npos) << doubled.out;
}

// Without ZooKeeper a replicated table can't be made: 18.16 takes every statement up to there, and says just that.
TEST_F(Schemas, ReplicatedUpToZooKeeper) {
  Servers servers(2);
  ASSERT_TRUE(servers.start_all());
  const auto printed =
      testing::socklock(fmt::format("fleet init --cluster {} --replicated --to {}", testing::kCluster, servers.url()));
  ASSERT_EQ(printed.status, 0) << printed.err;
  EXPECT_NE(printed.out.find("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/socklock/minutes', '{replica}', "
                             "revision)"),
            std::string::npos);
  const SchemaSteps steps = schema_statements({.cluster = testing::kCluster, .replicated = true}, {18, 16}, 0);
  auto store = ClickHouse::open({.urls = {servers.url()}});
  unsigned replicated = 0;
  for (const std::string& statement : steps.stored) {
    const auto done = store->ask(statement);
    if (statement.find("Replicated") == std::string::npos) {
      EXPECT_TRUE(done) << statement << done.error().what;
      continue;
    }
    ++replicated;
    ASSERT_FALSE(done) << statement;
    EXPECT_NE(done.error().what.find("ZooKeeper"), std::string::npos) << done.error().what;
  }
  EXPECT_EQ(replicated, 3U);
}

}  // namespace
}  // namespace socklock::fleet
