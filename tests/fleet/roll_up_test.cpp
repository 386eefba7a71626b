// SPDX-License-Identifier: GPL-2.0-or-later
// Traces rolled up say what socklock query says of them, to the nanosecond.
#include "fleet/roll_up.h"

#include <gtest/gtest.h>

#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/wait_buckets.h"
#include "fleet/row_binary.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"

namespace socklock::fleet {
namespace {

using testing::Folder;
using testing::NameSums;
using testing::SumsByName;

SumsByName sums_of(const std::vector<Row>& rows, const std::map<std::uint64_t, Name>& names) {
  SumsByName sums;
  for (const Row& row : rows)
    for (const LockSum& lock : row.locks) {
      NameSums& sum = sums[names.at(lock.name)];
      sum.contentions += lock.contentions;
      sum.wait_ns += lock.wait_ns;
    }
  return sums;
}

RollUp rolled(const std::string& path, const RollUpOptions& options = {}) {
  auto result = roll_up(path, analyzer::Taxonomy::built_in(), options);
  EXPECT_TRUE(result) << result.error().message();
  return result ? *std::move(result) : RollUp{};
}

TEST(RollUp, SumsAreThoseOfQuery) {
  const auto traces = testing::example_traces();
  ASSERT_GE(traces.size(), 30U);
  for (const std::string& trace : traces) {
    const RollUp result = rolled(trace);
    const SumsByName expected = testing::queried(trace);
    EXPECT_EQ(sums_of(result.minutes, result.names), expected) << trace;
    EXPECT_EQ(sums_of(result.hours, result.names), expected) << trace;
  }
}

TEST(RollUp, WorkTimeAndHistogramsAreTheTraces) {
  for (const std::string& trace : testing::example_traces()) {
    const auto run = analyzer::load_run(trace);
    ASSERT_TRUE(run);
    const RollUp result = rolled(trace);
    for (const std::vector<Row>* rows : {&result.minutes, &result.hours}) {
      Row sum;
      std::map<std::uint16_t, std::uint64_t> cells;
      std::uint64_t most = 0;
      for (const Row& row : *rows) {
        sum.work.add(row.work);
        sum.covered_ns += row.covered_ns;
        sum.lost_totals += row.lost_totals;
        sum.lost_details += row.lost_details;
        sum.recorder_cpu_ns += row.recorder_cpu_ns;
        for (const Cell& cell : row.cells) cells[cell.bucket] += cell.waits;
        for (const LockSum& lock : row.locks) most = std::max(most, lock.max_ns);
      }
      EXPECT_EQ(sum.work, run->work) << trace;
      EXPECT_EQ(sum.covered_ns, run->duration_ns()) << trace;
      EXPECT_EQ(sum.lost_totals + sum.lost_details, run->lost()) << trace;
      EXPECT_EQ(sum.recorder_cpu_ns, run->recorder_cpu_ns) << trace;
      std::map<std::uint16_t, std::uint64_t> expected;
      std::uint64_t longest = 0;
      for (const analyzer::WaitCell& cell : run->waits.cells)
        expected[static_cast<std::uint16_t>(cell.bucket)] += cell.count;
      for (const analyzer::WaitSums& sums : run->waits.sums) longest = std::max(longest, sums.wait_max_ns);
      EXPECT_EQ(cells, expected) << trace;
      EXPECT_EQ(most, longest) << trace;
    }
  }
}

// 23:59 to 0:01: two days, two hours, three minutes.
TEST(RollUp, OverMidnight) {
  const Folder folder;
  const std::string path = folder.file("a.slk");
  constexpr std::uint64_t kMidnight = 20'000 * 86400ULL;
  ASSERT_TRUE(replay(testing::example_traces().front(), path,
                     {.host = "h", .begin_s = kMidnight - 90, .duration_s = 180, .seed = 3, .interval_s = 0.5}));
  const RollUp result = rolled(path);
  ASSERT_EQ(result.minutes.size(), 4U);  // 30 s, 60 s, 60 s, 30 s
  ASSERT_EQ(result.hours.size(), 2U);
  EXPECT_EQ(result.minutes.front().time_s, kMidnight - 120);
  EXPECT_EQ(result.minutes.back().time_s, kMidnight + 60);
  EXPECT_EQ(result.minutes[1].covered_ns, 60'000'000'000U);
  EXPECT_EQ(result.hours[0].time_s, kMidnight - 3600);
  EXPECT_EQ(result.hours[1].covered_ns, 90'000'000'000U);
  EXPECT_EQ(sums_of(result.minutes, result.names), testing::queried(path));
  EXPECT_EQ(sums_of(result.hours, result.names), testing::queried(path));
}

TEST(RollUp, RedactedNamesNobody) {
  const Folder folder;
  const std::string path = folder.file("a.slk");
  ASSERT_TRUE(replay(testing::example_traces().front(), path, {.host = "secret-host-name", .begin_s = 1'700'000'000}));
  const RollUp once = rolled(path, {.redact_key = "0123456789abcdef"});
  const RollUp again = rolled(path, {.redact_key = "0123456789abcdef"});
  const RollUp other = rolled(path, {.redact_key = "0123456789abcdeg"});
  std::string bytes;
  for (const Row& row : once.minutes) append_row_binary(bytes, row, kSchemaVersion);
  for (const auto& [hash, name] : once.names) append_row_binary(bytes, hash, name, 1);
  EXPECT_EQ(bytes.find("secret-host-name"), std::string::npos);
  EXPECT_EQ(once.minutes.front().host, again.minutes.front().host);
  EXPECT_NE(once.minutes.front().host, other.minutes.front().host);
  EXPECT_EQ(once.minutes.front().host.size(), 64U);
  EXPECT_NE(once.minutes.front().boot, rolled(path).minutes.front().boot);
}

TEST(RollUp, SaysWhyNot) {
  const Folder folder;
  const std::string path = folder.file("a.slk");
  ASSERT_TRUE(replay(testing::example_traces().front(), path, {.host = "h", .begin_s = 0}));
  const auto without_time = roll_up(path, analyzer::Taxonomy::built_in(), {});
  ASSERT_FALSE(without_time);
  EXPECT_EQ(without_time.error().what, "it does not say when it was recorded");
  ASSERT_TRUE(replay(testing::example_traces().front(), folder.file("b.slk"), {.host = "", .begin_s = 1'700'000'000}));
  EXPECT_FALSE(roll_up(folder.file("b.slk"), analyzer::Taxonomy::built_in(), {}));
  EXPECT_TRUE(roll_up(folder.file("b.slk"), analyzer::Taxonomy::built_in(), {.host = "named"}));
  ASSERT_TRUE(replay(testing::example_traces().front(), folder.file("c.slk"),
                     {.host = "h", .begin_s = 1'700'000'000, .interval_s = 4000}));
  const auto too_long = roll_up(folder.file("c.slk"), analyzer::Taxonomy::built_in(), {});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().what, "an interval of it is longer than an hour");
}

TEST(RowBinary, IsAsClickHouseReadsIt) {
  std::string bytes;
  append_row_binary(bytes, 0x0102030405060708, Name{"c", "", "p", "", std::string(130, 'f'), "k"}, 7);
  EXPECT_EQ(bytes, std::string("\x08\x07\x06\x05\x04\x03\x02\x01\x01"
                               "c\0\x01p\0\x82\x01",
                               16) +
                       std::string(130, 'f') + std::string("\x01k\x07\0\0\0", 6));
}

TEST(Labels, AreKeysAndValues) {
  EXPECT_EQ(*checked_labels({"rack=b", "group=canary"}), (std::vector<std::string>{"group=canary", "rack=b"}));
  for (const char* bad : {"group", "=x", "a=\n", ""}) EXPECT_FALSE(checked_labels({bad})) << bad;
  EXPECT_FALSE(checked_labels({"a=1", "a=2"}));
}

}  // namespace
}  // namespace socklock::fleet
