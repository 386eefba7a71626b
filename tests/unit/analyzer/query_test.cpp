// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/query/query_database.h"
#include "analyzer/query/query_format.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;

// Rows as "a|b" lines, without their columns.
class Lines : public ResultWriter {
 public:
  Result<void> columns(const std::vector<std::string>& /*names*/) override { return {}; }
  Result<void> row(const std::vector<QueryValue>& values) override {
    for (std::size_t i = 0; i < values.size(); ++i)
      text += (i == 0 ? "" : "|") + (values[i].kind == QueryValue::Kind::kNull ? "NULL" : values[i].text);
    text += '\n';
    return {};
  }
  Result<void> end() override { return {}; }
  std::string text;
};

class Query : public ::testing::Test {
 protected:
  void SetUp() override {
    // Three seconds of 100 waits for tcp.ehash[17] each, then one of half as long ones.
    analyzer::testing::write_ehash_run(folder_.file("a.slk"), 1000, 100, 3, "first");
    analyzer::testing::write_ehash_run(folder_.file("b.slk"), 500, 100, 1, "second");
    runs_.taxonomy = Taxonomy::built_in();
    auto loaded = load_runs({folder_.file("a.slk"), folder_.file("b.slk")}, runs_.taxonomy);
    ASSERT_TRUE(loaded.has_value());
    for (LabelledRun& run : *loaded) runs_.runs.push_back(prepared(std::move(run), runs_.taxonomy));
  }

  std::string ask(const std::string& sql) {
    auto database = QueryDatabase::open(runs_);
    Lines lines;
    const auto answered = database->run(sql, lines);
    return answered ? lines.text : "error: " + answered.error().what;
  }

  std::string ask_as(const std::string& format, const std::string& sql) {
    std::string text;
    const auto writer = result_writer(format, [&text](std::string_view piece) {
      text += piece;
      return Result<void>();
    });
    EXPECT_TRUE(QueryDatabase::open(runs_)->run(sql, *writer).has_value()) << sql;
    return text;
  }

  Folder folder_;
  QueryRuns runs_;
};

TEST_F(Query, SumsOfEveryTableAgree) {
  EXPECT_EQ(ask("SELECT run, label, contentions, wait_ns, events, lost FROM runs"),
            "1|first|300|300000|300|0\n2|second|100|50000|100|0\n");
  for (const char* source :
       {"totals", "waits", "thread_waits", "(SELECT run, weight contentions, wait_ns * weight wait_ns FROM events)"})
    EXPECT_EQ(ask(std::string("SELECT run, sum(contentions), sum(wait_ns) FROM ") + source + " GROUP BY run"),
              "1|300|300000\n2|100|50000\n")
        << source;
}

TEST_F(Query, NamesAreThoseOfReports) {
  const std::string expected = "tcp.ehash|connection table|input|inet_ehash_insert|spin\n";
  for (const char* table : {"totals", "waits", "events"})
    EXPECT_EQ(ask(std::string("SELECT DISTINCT lock_class, role, call_path, function, kind FROM ") + table), expected)
        << table;
  EXPECT_EQ(ask("SELECT DISTINCT name, fact, table_name, bucket FROM locks"), "tcp.ehash[17]|table|ehash|17\n");
  EXPECT_EQ(ask("SELECT DISTINCT comm, tid, pid FROM threads"), "server|701|700\n");
}

// Of what the recording of level 2 says beside waits.
// As on the timeline: sampling leaves most waits without a stack, and the others for their lock say what it is.
TEST_F(Query, AnEventWithoutAStackHasTheClassThatItsLocksOthersAgreeOn) {
  analyzer::testing::TraceMaker maker;
  const auto receive = maker.stack({"mutex_lock", "unix_stream_read_generic", "unix_stream_recvmsg", "__sys_recvfrom"});
  const auto route = maker.stack({"mutex_lock", "rtnl_lock", "rtnetlink_rcv_msg", "__sys_sendto"});
  const auto agreed = maker.lock({}), reused = maker.lock({});
  maker.add({.waits = {{agreed, 0, {100}, 33},
                       {agreed, receive, {200}, 33, 0, 0, 1},
                       {reused, receive, {300}, 33, 0, 0, 1},
                       {reused, route, {400}, 33, 0, 0, 1},
                       {reused, 0, {500}, 33}}});
  maker.header.mutable_recorder()->set_stacks("sampled");
  maker.write(folder_.file("sampled.slk"));
  auto loaded = load_runs({folder_.file("sampled.slk")}, runs_.taxonomy);
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->front().sampling.used);
  runs_.runs.clear();
  runs_.runs.push_back(prepared(std::move(loaded->front()), runs_.taxonomy));
  const std::string by_wait = ask("SELECT wait_ns, lock_class, role FROM events ORDER BY 1");
  const std::string of_receive = ask("SELECT lock_class || '|' || role FROM events WHERE wait_ns = 200");
  EXPECT_EQ(of_receive, ask("SELECT lock_class || '|' || role FROM events WHERE wait_ns = 100")) << by_wait;
  EXPECT_NE(of_receive, ask("SELECT lock_class || '|' || role FROM events WHERE wait_ns = 500")) << by_wait;
  EXPECT_EQ(ask("SELECT count(*) FROM events WHERE lock_class = 'unclassified'"), "1\n") << by_wait;
  EXPECT_EQ(ask("SELECT sum(n) FROM (SELECT lock_class, count(*) n FROM events GROUP BY lock_class)"), "5\n");
  EXPECT_EQ(ask("SELECT count(*) FROM (SELECT 1 FROM events GROUP BY lock_class)"),
            ask("SELECT count(DISTINCT lock_class) FROM events"));
}

TEST_F(Query, CallsHoldsAndHoldersAreThoseOfReports) {
  EXPECT_EQ(
      ask("SELECT count(*) FROM calls UNION ALL SELECT count(*) FROM holds UNION ALL SELECT count(*) FROM holders"),
      "0\n0\n0\n");
  constexpr std::uint16_t kSendTo = 45, kReceiveFrom = 46;  // 44 and 45 on x86-64
  analyzer::testing::TraceMaker maker;
  maker.header.mutable_host()->set_machine("x86_64");
  maker.probe("lock_sock_nested");
  const auto function = maker.function("lock_sock_nested");
  const auto lock = maker.slab_lock("TCP", "sk_lock.wq.lock");
  const auto holder = maker.stack({"release_sock", "tcp_sendmsg", "sock_sendmsg", "__sys_sendto"});
  trace::HoldRow hold;
  hold.function = function;
  hold.kind = 1;
  hold.syscall = kSendTo;
  hold.samples = 10;
  hold.weight = 160;
  hold.hold_ns = 320'000;
  hold.max_ns = 9000;
  hold.off_cpu_ns = 70'000;
  hold.threads[5] = 1;
  maker.header.mutable_recorder()->set_knows_off_cpu(true);
  maker.add({.calls = {{function, 1, kSendTo, 0, 70}, {function, 1, kReceiveFrom, 0, 20}},
             .holds = {hold},
             .holders = {{.lock = lock,
                          .syscall = kReceiveFrom,
                          .holder_stack = holder,
                          .holder_syscall = kSendTo,
                          .holder = 1,
                          .waits = 6,
                          .wait_ns = 6100},
                         {.lock = lock, .syscall = kSendTo, .waits = 1, .wait_ns = 2000}}});
  maker.write(folder_.file("level2.slk"));
  auto loaded = load_runs({folder_.file("level2.slk")}, runs_.taxonomy);
  ASSERT_TRUE(loaded.has_value());
  runs_.runs.clear();
  runs_.runs.push_back(prepared(std::move(loaded->front()), runs_.taxonomy));
  EXPECT_EQ(ask("SELECT lock_class, call_path, function, socket_kind, syscall, context, calls, at_least FROM calls "
                "WHERE lock_class = 'tcp.sock.owner' ORDER BY calls"),
            "tcp.sock.owner|receive|lock_sock_nested|tcp|45|task|20|0\n"
            "tcp.sock.owner|send|lock_sock_nested|tcp|44|task|70|0\n");
  EXPECT_EQ(ask("SELECT lock_class, role, call_path, samples, holds, hold_ns, max_ns, off_cpu_ns, round(threads) "
                "FROM holds"),
            "tcp.sock.owner|socket|send|10|160|320000|9000|70000|1\n");
  EXPECT_EQ(ask("SELECT call_path, syscall, holder_path, holder_function, holder_syscall, holder_context, contentions, "
                "wait_ns FROM holders ORDER BY contentions DESC"),
            "receive|45|send|tcp_sendmsg|44|task|6|6100\nsend|44|NULL|NULL|NULL|NULL|1|2000\n");
}

TEST_F(Query, RowsJoinAcrossTables) {
  EXPECT_EQ(ask("SELECT l.name, t.comm, count(*) FROM events e JOIN locks l USING (run, lock) JOIN threads t USING "
                "(run, thread) "
                "GROUP BY 1, 2"),
            "tcp.ehash[17]|server|400\n");
  EXPECT_EQ(ask("SELECT w.interval, w.wait_ns / k.connections_opened FROM waits w JOIN work k USING (run, interval) "
                "WHERE run = 1"),
            "0|1000\n1|1000\n2|1000\n");
  EXPECT_EQ(
      ask("SELECT w.interval, t.tid, w.contentions, w.wait_ns FROM thread_waits w JOIN threads t USING (run, thread) "
          "WHERE run = 1 ORDER BY 1"),
      ask("SELECT interval, 701, sum(contentions), sum(wait_ns) FROM waits WHERE run = 1 GROUP BY 1"));
}

TEST_F(Query, NothingCanBeWritten) {
  const std::string file = folder_.file("made.sqlite");
  for (const std::string& sql : {std::string("INSERT INTO runs (run) VALUES (7)"),
                                 std::string("INSERT INTO events SELECT * FROM events"),
                                 std::string("UPDATE locks SET name = 'x'"),
                                 std::string("DELETE FROM events"),
                                 std::string("REPLACE INTO runs (run) VALUES (7)"),
                                 std::string("DROP TABLE runs"),
                                 std::string("CREATE TABLE x (y)"),
                                 std::string("CREATE TEMP TABLE x (y)"),
                                 std::string("CREATE VIEW x AS SELECT 1"),
                                 std::string("CREATE VIRTUAL TABLE x USING events"),
                                 std::string("CREATE VIRTUAL TABLE x USING fts5(y)"),
                                 "ATTACH '" + file + "' AS other",
                                 "ATTACH 'file:" + file + "?mode=rwc' AS other",
                                 std::string("DETACH main"),
                                 "VACUUM INTO '" + file + "'",
                                 std::string("VACUUM"),
                                 "SELECT load_extension('" + file + "')",
                                 "SELECT writefile('" + file + "', 'x')",
                                 std::string("SELECT readfile('/etc/passwd')"),
                                 std::string("PRAGMA temp_store_directory = '/'"),
                                 std::string("PRAGMA journal_mode = WAL"),
                                 std::string("PRAGMA writable_schema = 1"),
                                 std::string("SELECT * FROM pragma_database_list"),
                                 std::string("BEGIN"),
                                 std::string("SAVEPOINT x"),
                                 std::string("ANALYZE"),
                                 std::string("INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 1, '')")})
    EXPECT_TRUE(ask(sql).starts_with("error: ")) << sql;
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(ask("SELECT count(*) FROM runs"), "2\n");
}

TEST_F(Query, WhatWouldTakeAllMemoryIsRefused) {
  EXPECT_EQ(ask("SELECT length(zeroblob(1000000000))"), "error: string or blob too big");
  EXPECT_EQ(ask("SELECT length(printf('%.*c', 70000000, 'x'))"), "NULL\n");
  EXPECT_EQ(
      ask("WITH RECURSIVE r(s) AS (SELECT 'abcdefgh' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r"),
      "error: string or blob too big");
  EXPECT_TRUE(ask("SELECT " + std::string(5000, '(') + "1" + std::string(5000, ')')).starts_with("error: "));
  EXPECT_EQ(ask("SELECT length(zeroblob(1000000))"), "1000000\n") << "a million is nothing special";
}

// Rows are handed on as they are found: what takes no more of them ends the query.
TEST_F(Query, EndlessResultsAreNotCollected) {
  for (const char* format : {"table", "csv", "json"}) {
    std::size_t bytes = 0;
    const auto writer = result_writer(format, [&bytes](std::string_view piece) {
      bytes += piece.size();
      return bytes < 1'000'000 ? Result<void>() : Result<void>(fail({"enough", "", ""}));
    });
    auto database = QueryDatabase::open(runs_);
    const auto answered =
        database->run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c", *writer);
    ASSERT_FALSE(answered.has_value()) << format;
    EXPECT_EQ(answered.error().what, "enough") << format;
  }
}

// At a prompt a trace may be recorded anew between two questions: its events would be looked up in the names of the
// old.
TEST_F(Query, EventsOfATraceThatChangedAreAnError) {
  auto database = QueryDatabase::open(runs_);
  Lines lines;
  ASSERT_TRUE(database->run("SELECT count(*) FROM events", lines).has_value());
  EXPECT_EQ(lines.text, "400\n");
  std::filesystem::remove(folder_.file("b.slk"));
  analyzer::testing::write_ehash_run(folder_.file("b.slk"), 500, 100, 2, "third");
  const auto changed = database->run("SELECT count(*) FROM events", lines);
  ASSERT_FALSE(changed.has_value());
  EXPECT_NE(changed.error().what.find("b.slk' is not the trace any more"), std::string::npos) << changed.error().what;
  EXPECT_EQ(changed.error().exit_code, ExitCode::kBadInput);
  std::filesystem::remove(folder_.file("b.slk"));
  EXPECT_FALSE(database->run("SELECT count(*) FROM events", lines).has_value()) << "no events is not zero events";
  EXPECT_TRUE(database->run("SELECT sum(contentions) FROM totals", lines).has_value()) << "sums were loaded";
}

TEST_F(Query, SeveralStatementsAndNone) {
  EXPECT_EQ(ask("SELECT 1; SELECT 2;"), "1\n2\n");
  EXPECT_EQ(ask("  -- nothing"), "");
  EXPECT_TRUE(ask("SELECT nonsense FROM runs").starts_with("error: no such column"));
  EXPECT_EQ(ask(std::string("SELECT 1;\0 SELECT 2;", 20)), "error: a NUL byte in the query");
  EXPECT_EQ(ask("SELECT 1;; ;"), "1\n");
}

TEST_F(Query, ExportIsWhatQueriesSee) {
  const std::string path = folder_.file("all.sqlite");
  ASSERT_TRUE(export_sqlite(runs_, path).has_value());
  EXPECT_FALSE(export_sqlite(runs_, path).has_value()) << "an existing file is left alone";
  EXPECT_FALSE(export_sqlite(runs_, folder_.file("a.slk")).has_value()) << "also a trace";
  std::filesystem::create_symlink(folder_.file("elsewhere"), folder_.file("link"));
  EXPECT_FALSE(export_sqlite(runs_, folder_.file("link")).has_value()) << "also a link to nothing";
  EXPECT_FALSE(export_sqlite(runs_, folder_.file("no/folder.sqlite")).has_value());
}

TEST_F(Query, AnErrorInALaterStatementComesBeforeAnyRow) {
  Lines lines;
  auto database = QueryDatabase::open(runs_);
  EXPECT_FALSE(database->run("SELECT 1; SELECT nonsense", lines).has_value());
  EXPECT_EQ(lines.text, "");
}

TEST_F(Query, Formats) {
  const std::string sql = "SELECT label, wait_ns, NULL AS \"no,thing\" FROM runs WHERE run = 1";
  EXPECT_EQ(ask_as("table", sql), "label  wait_ns  no,thing\n-----  -------  --------\nfirst   300000          \n");
  EXPECT_EQ(ask_as("csv", sql), "\"label\",\"wait_ns\",\"no,thing\"\r\n\"first\",300000,\r\n");
  EXPECT_EQ(nlohmann::json::parse(ask_as("json", sql + "; SELECT 1 LIMIT 0; SELECT 5e-324, 9e999, -7, x'00ff', 'a'")),
            nlohmann::json::parse(R"({"schema": "socklock.query/1", "results": [
              {"columns": ["label", "wait_ns", "no,thing"], "rows": [["first", 300000, null]]},
              {"columns": ["1"], "rows": []},
              {"columns": ["5e-324", "9e999", "-7", "x'00ff'", "'a'"],
               "rows": [[5e-324, null, -7, "\u0000\ufffd", "a"]]}]})"));
  EXPECT_EQ(nlohmann::json::parse(ask_as("json", "-- nothing"))["results"], nlohmann::json::array());
}

TEST_F(Query, LaterRowsMayBeWiderThanTheColumnsOfATable) {
  const std::string text = ask_as("table",
                                  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 10001) "
                                  "SELECT CASE WHEN x > 10000 THEN 'wider than others' ELSE 'x' END AS a, x FROM c");
  EXPECT_TRUE(text.ends_with("x  10000\nwider than others  10001\n")) << text.substr(text.size() - 100);
}

// Events come in the order of a GROUP BY, so that SQLite need not sort them. It does where they come out of a subquery
// with a limit: the answers have to be the same, row for row.
TEST_F(Query, GroupsOfEventsAreThoseThatSqliteWouldSort) {
  runs_.runs.clear();
  auto loaded = load_runs({"examples/listener-per-thread/before-1.slk", folder_.file("a.slk"),
                           "examples/inet-hash-connect/ordinary/6.1/1.slk"},
                          runs_.taxonomy);
  ASSERT_TRUE(loaded.has_value());
  for (LabelledRun& run : *loaded) runs_.runs.push_back(prepared(std::move(run), runs_.taxonomy));
  for (const std::string columns :
       {"lock_class", "lock_class, call_path, context", "context, lock_class", "run", "run, interval", "interval",
        "lock, thread, cpu", "stack", "function, kind", "role", "syscall, error", "weight", "cpu", "kind, run, cpu"}) {
    const std::string asked =
        "SELECT " + columns +
        ", count(*), sum(wait_ns), min(begin_ns), max(end_ns), sum(weight), count(DISTINCT thread)"
        " FROM ";
    const std::string grouped = ask(asked + "events GROUP BY " + columns);
    EXPECT_GT(std::count(grouped.begin(), grouped.end(), '\n'), 0) << columns;
    EXPECT_EQ(grouped, ask(asked + "(SELECT * FROM events LIMIT -1) GROUP BY " + columns)) << columns;
    const std::string plan = ask("EXPLAIN QUERY PLAN " + asked + "events GROUP BY " + columns);
    EXPECT_EQ(plan.find("FOR GROUP BY"), std::string::npos) << plan;
    // What groups are asked for besides leaves them as they are.
    EXPECT_EQ(
        ask(asked + "events WHERE wait_ns > 5000 GROUP BY " + columns + " HAVING count(*) > 1 ORDER BY 2 DESC, 1"),
        ask(asked + "(SELECT * FROM events LIMIT -1) WHERE wait_ns > 5000 GROUP BY " + columns +
            " HAVING count(*) > 1 ORDER BY 2 DESC, 1"))
        << columns;
  }
}

// Numbers of groups take more memory than events: where every event is one of its own, SQLite sorts.
TEST_F(Query, EventsAreNotGroupedByTheirTimes) {
  for (const std::string column : {"end_ns", "begin_ns", "wait_ns", "lock, end_ns"}) {
    EXPECT_NE(ask("EXPLAIN QUERY PLAN SELECT count(*) FROM events GROUP BY " + column).find("FOR GROUP BY"),
              std::string::npos);
    EXPECT_EQ(ask("SELECT sum(n) FROM (SELECT count(*) AS n FROM events GROUP BY " + column + ")"), "400\n");
  }
}

TEST_F(Query, EveryColumnOfEveryTableCanBeRead) {
  for (const QueryTable& table : query_tables()) {
    const std::string name(table.name);
    EXPECT_FALSE(ask("SELECT * FROM " + name + " LIMIT 3").starts_with("error")) << name;
    for (const TableColumn& column : table.columns) EXPECT_FALSE(column.meaning.empty()) << name << "." << column.name;
  }
}

}  // namespace
}  // namespace socklock::analyzer
