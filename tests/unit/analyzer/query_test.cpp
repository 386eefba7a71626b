// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <filesystem>

#include "analyzer/load/load_runs.h"
#include "analyzer/query/query_database.h"
#include "analyzer/query/query_format.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;

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

  // Rows as "a|b" lines.
  std::string ask(const std::string& sql) {
    auto database = QueryDatabase::open(runs_);
    const auto results = database->run(sql);
    if (!results) return "error: " + results.error().what;
    std::string text;
    for (const QueryResult& result : *results)
      for (const auto& row : result.rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
          text += (i == 0 ? "" : "|") + (row[i].kind == QueryValue::Kind::kNull ? "NULL" : row[i].text);
        text += '\n';
      }
    return text;
  }

  Folder folder_;
  QueryRuns runs_;
};

TEST_F(Query, SumsOfEveryTableAgree) {
  EXPECT_EQ(ask("SELECT run, label, contentions, wait_ns, events, lost FROM runs"),
            "1|first|300|300000|300|0\n2|second|100|50000|100|0\n");
  for (const char* source :
       {"totals", "waits", "(SELECT run, weight contentions, wait_ns * weight wait_ns FROM events)"})
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

TEST_F(Query, RowsJoinAcrossTables) {
  EXPECT_EQ(ask("SELECT l.name, t.comm, count(*) FROM events e JOIN locks l USING (run, lock) JOIN threads t USING "
                "(run, thread) "
                "GROUP BY 1, 2"),
            "tcp.ehash[17]|server|400\n");
  EXPECT_EQ(ask("SELECT w.interval, w.wait_ns / k.connections_opened FROM waits w JOIN work k USING (run, interval) "
                "WHERE run = 1"),
            "0|1000\n1|1000\n2|1000\n");
}

TEST_F(Query, NothingCanBeWritten) {
  const std::string file = folder_.file("made.sqlite");
  for (const std::string sql :
       {"INSERT INTO runs (run) VALUES (7)", "DELETE FROM events", "CREATE TABLE x (y)", "DROP TABLE runs"})
    EXPECT_TRUE(ask(sql).starts_with("error: ")) << sql;
  for (const std::string& sql :
       {"ATTACH '" + file + "' AS other", "VACUUM INTO '" + file + "'", "SELECT load_extension('" + file + "')",
        std::string("PRAGMA temp_store_directory = '/'")})
    EXPECT_TRUE(ask(sql).starts_with("error: ")) << sql;
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Query, SeveralStatementsAndNone) {
  EXPECT_EQ(ask("SELECT 1; SELECT 2;"), "1\n2\n");
  EXPECT_EQ(ask("  -- nothing"), "");
  EXPECT_TRUE(ask("SELECT nonsense FROM runs").starts_with("error: no such column"));
}

TEST_F(Query, ExportIsWhatQueriesSee) {
  const std::string path = folder_.file("all.sqlite");
  ASSERT_TRUE(export_sqlite(runs_, path).has_value());
  EXPECT_FALSE(export_sqlite(runs_, path).has_value()) << "an existing file is left alone";
}

TEST_F(Query, Formats) {
  auto database = QueryDatabase::open(runs_);
  const auto results = database->run("SELECT label, wait_ns, NULL AS \"no,thing\" FROM runs WHERE run = 1");
  ASSERT_TRUE(results.has_value());
  EXPECT_EQ(query_text(*results, "table"),
            "label  wait_ns  no,thing\n-----  -------  --------\nfirst   300000          \n");
  EXPECT_EQ(query_text(*results, "csv"), "\"label\",\"wait_ns\",\"no,thing\"\r\n\"first\",300000,\r\n");
  EXPECT_NE(query_text(*results, "json").find("\"socklock.query/1\""), std::string::npos);
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
