// SPDX-License-Identifier: GPL-2.0-or-later
// What the program prints, and what it exits with.
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/unit/analyzer/cli_fixture.h"

namespace socklock::analyzer {
namespace {

using nlohmann::json;

// Of two cgroups one waits for a tenth of before, the other as long.
TEST_F(Cli, CompareHasARowForEachCgroup) {
  const auto side_of = [this](const std::string& name, std::uint64_t of_web) {
    std::string files;
    for (std::uint64_t run = 0; run < 5; ++run) {
      testing::TraceMaker maker;
      const auto lock = maker.table_lock("ehash", 17);
      const auto stack = maker.stack({"_raw_spin_lock", "inet_ehash_insert", "tcp_v4_connect", "__sys_connect"});
      const auto web = maker.thread(10, "nginx", "/system.slice/nginx.service");
      const auto db = maker.thread(20, "postgres", "/system.slice/postgresql.service");
      maker.add({.waits = {{lock, stack, std::vector<std::uint64_t>(100, of_web + run), 1, 0, 0, 0, web},
                           {lock, stack, std::vector<std::uint64_t>(100, 500 + run), 1, 0, 0, 0, db}},
                 .connections_active = 100});
      files += folder_.file(name + std::to_string(run)) + " ";
      maker.write(folder_.file(name + std::to_string(run)));
    }
    return files;
  };
  const auto ran = socklock("compare --json --by cgroup " + side_of("before", 1000) + "-- " + side_of("after", 100));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto document = nlohmann::json::parse(ran.out);
  EXPECT_EQ(document["grouped_by"], "cgroup");
  std::map<std::string, nlohmann::json> groups;
  for (const auto& group : document["groups"]) groups[group["name"]] = group;
  ASSERT_EQ(groups.size(), 2U) << document["groups"];
  const auto& web = groups["nginx.service"];
  EXPECT_NEAR(web["before"]["wait_ns_per_unit"].get<double>(), 1002, 1e-6) << web;
  EXPECT_NEAR(web["after"]["wait_ns_per_unit"].get<double>(), 102, 1e-6) << web;
  EXPECT_EQ(web["verdict"], "improved") << web;
  EXPECT_NE(groups["postgresql.service"]["verdict"], "improved") << document["groups"];
}

TEST_F(Cli, InfoSaysWhatIsInATrace) {
  const auto ran = socklock("info " + run_file("a.slk", 1000));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("100"), std::string::npos);
  EXPECT_NE(ran.out.find("6.12.0"), std::string::npos);
  EXPECT_EQ(ran.err, "");
}

TEST_F(Cli, InfoAsJson) {
  const auto ran = socklock("info --json " + run_file("a.slk", 1000));
  EXPECT_EQ(ran.status, 0);
  const json info = json::parse(ran.out);
  EXPECT_EQ(info.at("schema"), "socklock.info/1");
  EXPECT_EQ(info.at("contentions"), 100);
  EXPECT_EQ(info.at("wait_ns"), 100'000);
  EXPECT_EQ(info.at("lost"), 0);
}

TEST_F(Cli, ReportNamesClassPathAndFunction) {
  const auto ran = socklock("report --json " + run_file("a.slk", 1000));
  EXPECT_EQ(ran.status, 0);
  const json report = json::parse(ran.out);
  EXPECT_EQ(report.at("schema"), "socklock.report/1");
  for (const auto& [by, name] :
       {std::pair{"class", "tcp.ehash"}, {"path", "input"}, {"function", "inet_ehash_insert"}}) {
    const json rows = report.at(std::string("by_") + by);
    ASSERT_EQ(rows.size(), 1U) << by;
    EXPECT_EQ(rows[0].at(by), name);
    EXPECT_EQ(rows[0].at("contentions"), 100);
    EXPECT_EQ(rows[0].at("wait_ns"), 100'000);
  }
}

TEST_F(Cli, ReportByInstanceAndProcess) {
  const auto file = run_file("a.slk", 1000);
  EXPECT_NE(socklock("report --by instance " + file).out.find("tcp.ehash[17]"), std::string::npos);
  EXPECT_NE(socklock("report --by process " + file).out.find("server"), std::string::npos);
  EXPECT_EQ(socklock("report --by nothing " + file).status, 2);
}

TEST_F(Cli, CompareGivesAVerdict) {
  const auto before = side("before", 1000), after = side("after", 100);
  const auto text = socklock("compare " + before + "-- " + after);
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("improved"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("tcp.ehash"), std::string::npos);
  const auto ran = socklock("compare --json " + before + "-- " + after);
  const json comparison = json::parse(ran.out);
  EXPECT_EQ(comparison.at("schema"), "socklock.compare/1");
  EXPECT_EQ(comparison.at("headline").at("verdict"), "improved");
  EXPECT_EQ(comparison.at("unit_of_work"), "connections");
}

TEST_F(Cli, CompareFitsOnEightyColumns) {
  std::istringstream lines(socklock("compare " + side("before", 1000) + "-- " + side("after", 100)).out);
  for (std::string line; std::getline(lines, line);) {
    std::size_t characters = 0;
    for (const char c : line) characters += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1U : 0U;
    EXPECT_LE(characters, 80U) << line;
  }
}

TEST_F(Cli, FailOnSetsTheExitCode) {
  const auto before = side("before", 100), after = side("after", 1000);
  const auto failed = socklock("compare --fail-on regressed " + before + "-- " + after);
  EXPECT_EQ(failed.status, 1);
  // Whoever reads the job's log sees why it failed.
  EXPECT_NE(failed.err.find("--fail-on regressed holds: "), std::string::npos) << failed.err;
  EXPECT_NE(failed.err.find("(regressed)"), std::string::npos) << failed.err;
  EXPECT_TRUE(socklock("compare --fail-on regressed " + after + "-- " + before).err.empty());
  EXPECT_EQ(socklock("compare --fail-on not-improved " + before + "-- " + after).status, 1);
  EXPECT_EQ(socklock("compare --fail-on regressed " + after + "-- " + before).status, 0);
  EXPECT_EQ(socklock("compare --fail-on not-improved " + after + "-- " + before).status, 0);
}

// Neighbours of one load differ, too: single runs are described and never judged, in no format and by no exit code.
TEST_F(Cli, SingleRunsAreNotJudged) {
  const auto before = run_file("one.slk", 100), after = run_file("other.slk", 1000);
  const std::string sides = before + " -- " + after;
  for (const char* format : {"text", "md", "csv", "json", "html"}) {
    const auto ran = socklock(std::string("compare --format ") + format + " " + sides);
    EXPECT_EQ(ran.status, 0) << ran.err;
    for (const char* judged : {"improved", "regressed", "unchanged"})
      for (const std::string& said :
           {std::string("VERDICT ") + judged, std::string("**") + judged, std::string(",") + judged,
            std::string("\"verdict\": \"") + judged, std::string(">") + judged + "<"})
        EXPECT_EQ(ran.out.find(said), std::string::npos) << format << "\n" << ran.out;
  }
  EXPECT_EQ(json::parse(socklock("compare --json " + sides).out).at("headline").at("verdict"), "not judged");
  for (const char* option : {"--fail-on regressed ", "--fail-on not-improved ", "--max-regression 5 "})
    EXPECT_EQ(socklock("compare " + std::string(option) + sides).status, 6) << option;
}

TEST_F(Cli, ARunCountsOnceHoweverOftenItIsNamed) {
  const auto before = run_file("one.slk", 100) + " ", after = run_file("other.slk", 1000) + " ";
  const auto ran =
      socklock("compare --json " + before + before + before + before + "-- " + after + after + after + after);
  const json comparison = json::parse(ran.out);
  EXPECT_TRUE(comparison.at("within_run_only"));
  EXPECT_NE(comparison.at("headline").at("verdict"), "regressed");
  EXPECT_EQ(comparison.at("sides").at("before").at("files").size(), 1U);
  // Runs on both sides leave nothing to judge.
  const auto sides = side("before", 100);
  EXPECT_TRUE(json::parse(socklock("compare --json " + sides + "-- " + sides).out).at("within_run_only"));
}

TEST_F(Cli, PercentsMayHaveTheirSign) {
  const auto sides = side("before", 100) + "-- " + side("after", 1000);
  const auto plain = socklock("compare --json --threshold 1 " + sides);
  EXPECT_EQ(plain.status, 0) << plain.err;
  EXPECT_NE(plain.out.find("\"threshold\": 0.01"), std::string::npos) << plain.out;
  EXPECT_EQ(socklock("compare --json --threshold 1% --confidence 95% " + sides).out, plain.out);
  EXPECT_EQ(socklock("compare --threshold 1x " + sides).status, 2);
}

TEST_F(Cli, NullDealsOutTheRunsOfOneSide) {
  const auto before = side("before", 100);
  const auto ran = socklock("compare --null --json " + before);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("\"false_share\": 0.0"), std::string::npos) << ran.out;
  EXPECT_EQ(socklock("compare --null " + before + "-- " + before).status, 2);
}

TEST_F(Cli, FiltersAreThoseOfTheViewerAndEveryOutputSaysThem) {
  const std::string run = run_file("a.slk", 1000, 3);
  const json all = json::parse(socklock("report --json " + run).out);
  const json part = json::parse(socklock("report --json --class tcp.ehash " + run).out);
  const json none = json::parse(socklock("report --json --class '!tcp.ehash' " + run).out);
  EXPECT_EQ(part["total"]["wait_ns"], all["total"]["wait_ns"]);
  EXPECT_EQ(part["filter"], json::array({"class tcp.ehash"}));
  EXPECT_EQ(none["total"]["wait_ns"], 0);
  EXPECT_EQ(none["filter"], json::array({"not class tcp.ehash"}));
  const json second = json::parse(socklock("report --json --time 1.2..1.4 " + run).out);
  EXPECT_EQ(second["filter"], json::array({"time 1.000 s to 2.000 s"}));
  EXPECT_EQ(second["duration_ns"], 1'000'000'000);
  EXPECT_NE(socklock("report --path input " + run).out.find("only a part of the waits: path input"), std::string::npos);
  const Ran compared = socklock("compare --class tcp.ehash " + side("b", 1000) + "-- " + side("c", 100));
  EXPECT_EQ(compared.status, 0) << compared.err;
  EXPECT_NE(compared.out.find("class tcp.ehash"), std::string::npos);
  EXPECT_NE(compared.out.find("waits that meet the filter"), std::string::npos);
  const Ran folded = socklock("export --to folded --class '!tcp.ehash' " + run);
  EXPECT_EQ(folded.status, 0) << folded.err;
  EXPECT_EQ(folded.out, "");
  EXPECT_NE(socklock("export --to benchstat --path input " + run).out.find("# only path input"), std::string::npos);
  const Ran slip = socklock("report --class tcp.ehsah " + run);
  EXPECT_EQ(slip.status, 2);
  EXPECT_NE(slip.err.find("tcp.ehash"), std::string::npos);
}

TEST_F(Cli, ARunThatIsLeftOutIsNamed) {
  const std::string before = side("b", 1000), after = side("c", 100);
  const std::string out = folder_.file("b0.slk");
  const json compared = json::parse(socklock("compare --json --leave-out " + out + " " + before + "-- " + after).out);
  EXPECT_EQ(compared["sides"]["before"]["files"].size(), 3U);
  bool is_said = false;
  for (const json& warning : compared["warnings"]) is_said = is_said || warning["kind"] == "runs-left-out";
  EXPECT_TRUE(is_said);
  EXPECT_EQ(socklock("compare --leave-out none.slk " + before + "-- " + after).status, 2);
}

TEST_F(Cli, AnInteractivePageHoldsTheDataThatJsonHas) {
  const std::string sides = side("b", 1000) + "-- " + side("c", 100);
  const std::string page = socklock("compare --format html --interactive " + sides).out;
  const std::string begin = "<script type=\"application/json\" id=\"socklock-report\">";
  const std::size_t at = page.find(begin);
  ASSERT_NE(at, std::string::npos);
  const std::string data = page.substr(at + begin.size(), page.find("</script>", at) - at - begin.size());
  EXPECT_EQ(json::parse(data), json::parse(socklock("compare --json " + sides).out));
  EXPECT_NE(page.find("script-src 'sha256-"), std::string::npos);
  EXPECT_EQ(socklock("compare --format html " + sides).out.find("<script"), std::string::npos);
  EXPECT_EQ(socklock("compare --format md --interactive " + sides).status, 2);
}

TEST_F(Cli, CompareWantsTwoSides) {
  const auto ran = socklock("compare " + run_file("a.slk", 100));
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("--"), std::string::npos) << ran.err;
}

TEST_F(Cli, AUnitThatTheRunsLackIsNotEnoughData) {
  const auto ran = socklock("compare --unit operations " + side("before", 100) + "-- " + side("after", 100));
  EXPECT_EQ(ran.status, 6);
  EXPECT_NE(ran.err.find("operations"), std::string::npos);
}

TEST_F(Cli, QueriesFromStandardInput) {
  const auto file = run_file("a.slk", 1000);
  const auto rest = socklock("query --format csv " + file, ".tables\nSELECT 1;\nSELECT count(*)\nFROM events");
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_TRUE(rest.out.ends_with("\"1\"\r\n1\r\n\"count(*)\"\r\n100\r\n"))
      << "the last one has no semicolon: " << rest.out;
  EXPECT_NE(rest.out.find("runs: one row a trace"), std::string::npos);
  const auto wrong = socklock("query --format csv " + file, "SELECT nonsense;\nSELECT 1;\n");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("no such column"), std::string::npos) << wrong.err;
  EXPECT_EQ(wrong.out, "\"1\"\r\n1\r\n") << "one statement that failed does not end the others";
  EXPECT_EQ(socklock("query " + file, "SELECT (").status, 2);
  EXPECT_EQ(socklock("query " + file, std::string("SELECT 1;\0\n", 11)).status, 2);
  EXPECT_EQ(socklock("query --format csv -o " + folder_.file("answer") + " " + file, "SELECT 7 AS n;").out, "");
  EXPECT_EQ(text_of(folder_.file("answer")), "\"n\"\r\n7\r\n");
}

TEST_F(Cli, QueriesAreRedacted) {
  const auto ran = socklock(
      "query --redact --format csv " + run_file("a.slk", 1000) +
      " 'SELECT host LIKE \"host-%\", file FROM runs; SELECT DISTINCT comm LIKE \"thread-%\" FROM threads; SELECT "
      "count(*) FROM events'");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("1,\"a.slk\""), std::string::npos) << ran.out;
  EXPECT_TRUE(ran.out.ends_with("\r\n1\r\n\r\n\"count(*)\"\r\n100\r\n")) << ran.out;
}

TEST_F(Cli, ATaxonomyOfOnesOwn) {
  const auto file = run_file("a.slk", 1000);
  std::ofstream(folder_.file("my.taxonomy")) << "taxonomy 1\nclass mine connection table\n    table ehash\n";
  EXPECT_NE(socklock("report --taxonomy " + folder_.file("my.taxonomy") + " " + file).out.find("mine"),
            std::string::npos);
  std::ofstream(folder_.file("bad.taxonomy")) << "taxonomy 1\nclass mine nothing\n";
  const auto ran = socklock("report --taxonomy " + folder_.file("bad.taxonomy") + " " + file);
  EXPECT_EQ(ran.status, 3);
  EXPECT_NE(ran.err.find("bad.taxonomy:2"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace socklock::analyzer
