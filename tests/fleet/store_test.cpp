// SPDX-License-Identifier: GPL-2.0-or-later
// The way from a folder of traces into a ClickHouse and back, on servers that the test starts.
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "fleet/click_house_store.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"
#include "tests/fleet/server.h"

namespace socklock::fleet {
namespace {

using testing::Folder;
using testing::NameSums;
using testing::Servers;
using testing::SumsByName;

constexpr const char* kSumsByName =
    "SELECT lock_class, role, call_path, context, function, kind, cs, ws FROM (SELECT n AS name, sum(c) AS cs, sum(w) "
    "AS "
    "ws FROM socklock.{} FINAL ARRAY JOIN lock.name AS n, lock.contentions AS c, lock.wait_ns AS w GROUP BY n) ANY "
    "LEFT "
    "JOIN (SELECT * FROM socklock.names FINAL) USING (name) FORMAT TabSeparated";

SumsByName stored(const Servers& servers, const char* table) {
  SumsByName sums;
  std::istringstream lines(servers.ask(fmt::format(fmt::runtime(kSumsByName), table)));
  std::string line;
  while (std::getline(lines, line)) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == '\t')
        cells.emplace_back();
      else
        cells.back() += c;
    }
    if (cells.size() != 8) {
      ADD_FAILURE() << line;
      continue;
    }
    NameSums& sum = sums[{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]}];
    sum.contentions += std::stoull(cells[6]);
    sum.wait_ns += std::stoull(cells[7]);
  }
  return sums;
}

class Store : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Servers::why_missing(); !why.empty()) GTEST_SKIP() << why;
  }

  // An hour ago, on the minute.
  static std::uint64_t recently() { return static_cast<std::uint64_t>(std::time(nullptr)) / 3600 * 3600 - 7200; }

  std::string ship(const Servers& servers, const std::string& more = "") const {
    return fmt::format("ship --once --dir {} --state {} --to {} {}", traces_.path(), traces_.file("state"),
                       servers.url(), more);
  }

  Folder traces_;
};

TEST_F(Store, HasWhatQuerySaysToTheNanosecond) {
  Servers servers;
  ASSERT_TRUE(servers.start_all());
  const auto init = testing::socklock("fleet init --apply --to " + servers.url());
  ASSERT_EQ(init.status, 0) << init.err;
  SumsByName expected;
  unsigned number = 0;
  for (const std::string& trace : testing::example_traces()) {
    const std::string path = traces_.file(fmt::format("{:03}.slk", number));
    ASSERT_TRUE(replay(trace, path, {.host = fmt::format("host-{}", number), .begin_s = recently() + 45 * number}));
    for (const auto& [name, sums] : testing::queried(path)) {
      expected[name].contentions += sums.contentions;
      expected[name].wait_ns += sums.wait_ns;
    }
    ++number;
  }
  const auto sent = testing::socklock(ship(servers, "--label group=canary --json"));
  ASSERT_EQ(sent.status, 0) << sent.err;
  EXPECT_NE(sent.out.find(fmt::format("\"traces\": {}", number)), std::string::npos) << sent.out;
  EXPECT_EQ(stored(servers, "minutes"), expected);
  EXPECT_EQ(stored(servers, "hours"), expected);
  EXPECT_EQ(servers.ask("SELECT uniq(host), any(labels) FROM socklock.hours FINAL"),
            fmt::format("{}\t['group=canary']", number));
  // Twice: nothing to do; again from a ledger that was lost: replaced, not added.
  EXPECT_NE(testing::socklock(ship(servers)).out.find("0 traces sent"), std::string::npos);
  std::filesystem::remove_all(traces_.file("state"));
  const auto again = testing::socklock(ship(servers));
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(stored(servers, "minutes"), expected);
  EXPECT_EQ(stored(servers, "hours"), expected);
  const auto init_again = testing::socklock("fleet init --apply --to " + servers.url());
  EXPECT_EQ(init_again.status, 0) << init_again.err;
  EXPECT_EQ(stored(servers, "hours"), expected);
}

// A day that begins and ends between hours: of the minutes only those of its first and last hour are read.
TEST_F(Store, EndsBetweenHoursReadNoMoreThanTheirHours) {
  Servers servers;
  ASSERT_TRUE(servers.start_all());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  constexpr std::uint64_t kHosts = 50, kHour = 3600, kHours = 24;
  const std::uint64_t begin = recently() - kHours * kHour;
  servers.ask(fmt::format(
      "INSERT INTO socklock.minutes (day, minute, host, trace) SELECT toDate(m, 'UTC'), m, concat('host-', "
      "toString(number % {0})), toFixedString('t', 16) FROM (SELECT number, toDateTime({1} + intDiv(number, "
      "{0}) * 60) AS m FROM numbers({2}))",
      kHosts, begin, kHosts * 60 * kHours));
  auto store = ClickHouseStore::open({.urls = {servers.url()}});
  ASSERT_TRUE(store) << store.error().what;
  const auto parts = store->parts_of({{begin + 1800, begin + kHours * kHour - 1800}});
  ASSERT_EQ(parts.size(), 2);
  ASSERT_FALSE(parts[0].by_hour);
  const auto answer =
      nlohmann::json::parse(servers.ask(fmt::format("SELECT sum(covered_ns), count() AS n FROM {} WHERE {} FORMAT JSON",
                                                    parts[0].table, parts[0].condition)),
                            nullptr, false);
  EXPECT_EQ(answer["data"][0]["n"], std::to_string(kHosts * 60)) << answer.dump();
  // Whole granules of 256 rows.
  EXPECT_LE(answer["statistics"]["rows_read"], 2 * kHosts * 60 + 4 * 256) << answer.dump();
}

}  // namespace
}  // namespace socklock::fleet
