// SPDX-License-Identifier: GPL-2.0-or-later
// The program as users and scripts call it: what it prints, where, and what it exits with.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using nlohmann::json;

class Cli : public ::testing::Test {
 protected:
  struct Ran {
    int status = 0;
    std::string out;
    std::string err;
  };

  Ran socklock(const std::string& arguments, const std::string& input = "") {
    std::ofstream(folder_.file("in"), std::ios::binary) << input;
    const std::string command = std::string(SOCKLOCK_PROGRAM) + " " + arguments + " >" + folder_.file("out") + " 2>" +
                                folder_.file("err") + " <" + folder_.file("in");
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), text_of(folder_.file("out")), text_of(folder_.file("err"))};
  }

  static std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string run_file(const std::string& name, std::uint64_t wait_ns, int intervals = 1) {
    const std::string path = folder_.file(name);
    analyzer::testing::write_ehash_run(path, wait_ns, 100, intervals);
    return path;
  }

  // Four runs of about this wait.
  std::string side(const std::string& name, std::uint64_t wait_ns) {
    std::string files;
    for (std::uint64_t i = 0; i < 4; ++i) files += run_file(name + std::to_string(i) + ".slk", wait_ns + i) + " ";
    return files;
  }

  Folder folder_;
};

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
  EXPECT_EQ(socklock("compare --fail-on regressed " + before + "-- " + after).status, 1);
  EXPECT_EQ(socklock("compare --fail-on not-improved " + before + "-- " + after).status, 1);
  EXPECT_EQ(socklock("compare --fail-on regressed " + after + "-- " + before).status, 0);
  EXPECT_EQ(socklock("compare --fail-on not-improved " + after + "-- " + before).status, 0);
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

TEST_F(Cli, OutputGoesToAFile) {
  const auto out = folder_.file("report.txt");
  const auto ran = socklock("report -o " + out + " " + run_file("a.slk", 1000));
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(text_of(out).find("tcp.ehash"), std::string::npos);
  EXPECT_NE(socklock("report -o /nowhere/at/all " + folder_.file("a.slk")).status, 0);
}

TEST_F(Cli, TheEndingOfTheOutputChoosesTheFormat) {
  const auto file = run_file("a.slk", 1000);
  const auto page = folder_.file("report.html"), data = folder_.file("report.json"), other = folder_.file("report.out");
  EXPECT_EQ(socklock("report -o " + page + " " + file).status, 0);
  EXPECT_TRUE(text_of(page).starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(socklock("info -o " + data + " " + file).status, 0);
  EXPECT_EQ(json::parse(text_of(data)).at("schema"), "socklock.info/1");
  EXPECT_EQ(socklock("report -o " + other + " " + file).status, 0);
  EXPECT_TRUE(text_of(other).starts_with(file)) << "text where no format has the ending";
  EXPECT_EQ(socklock("report --format md -o " + page + " " + file).status, 0);
  EXPECT_TRUE(text_of(page).starts_with("## socklock report")) << "--format counts more";
  EXPECT_EQ(socklock("report --format nonsense " + file).status, 2);
}

// "report -o before.slk before.slk" is soon typed.
TEST_F(Cli, ATraceIsNotReplacedByItsReport) {
  const auto file = run_file("a.slk", 1000);
  const std::string bytes = text_of(file);
  for (const char* verb : {"report", "info", "export --to folded", "export --to pprof"}) {
    const auto ran = socklock(std::string(verb) + " -o " + file + " " + file);
    EXPECT_EQ(ran.status, 2) << verb;
    EXPECT_NE(ran.err.find("is a trace"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(socklock("query -o " + file + " " + file + " 'SELECT 1'").status, 2);
  EXPECT_EQ(socklock("query --export-sqlite " + file + " " + file).status, 2);
  EXPECT_EQ(text_of(file), bytes);
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
  // Like /dev/stdout, which is nobody's to replace.
  std::filesystem::create_symlink("/proc/self/fd/1", folder_.file("stdout"));
  EXPECT_NE(socklock("report -o " + folder_.file("stdout") + " " + file).out.find("tcp.ehash"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_.file("stdout"))) << "a link is written through";
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

TEST_F(Cli, AQueryThatFailsLeavesNoFile) {
  const auto file = run_file("a.slk", 1000);
  const auto answer = folder_.file("answer");
  EXPECT_EQ(socklock("query -o " + answer + " " + file + " 'SELECT nothing FROM runs'").status, 2);
  EXPECT_EQ(socklock("query -o " + answer + " " + file + " 'SELECT length(zeroblob(999999999))'").status, 2);
  EXPECT_FALSE(std::filesystem::exists(answer));
  EXPECT_FALSE(std::filesystem::exists(answer + ".new"));
  const auto full = socklock("query -o /dev/full " + file + " 'SELECT * FROM events'");
  EXPECT_EQ(full.status, 3);
  EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
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

TEST_F(Cli, ForeignEmptyAndMissingFilesAreRefusedWithAHint) {
  std::ofstream(folder_.file("empty.slk")).flush();
  std::ofstream(folder_.file("perf.data")) << "PERFILE2" << std::string(200, 'x');
  for (const char* name : {"empty.slk", "perf.data", "none.slk"}) {
    for (const char* verb : {"info ", "report "}) {
      const auto ran = socklock(verb + folder_.file(name));
      EXPECT_EQ(ran.status, 3) << verb << name;
      EXPECT_NE(ran.err.find(name), std::string::npos) << ran.err;
      EXPECT_EQ(ran.out, "");
    }
  }
}

TEST_F(Cli, AnErrorIsJsonWhereJsonWasAskedFor) {
  const auto ran = socklock("info --json " + folder_.file("none.slk"));
  EXPECT_EQ(ran.status, 3);
  const std::string text = ran.out.empty() ? ran.err : ran.out;
  EXPECT_EQ(json::parse(text).at("schema"), "socklock.error/1") << text;
}

TEST_F(Cli, DamageIsShownAndSetsTheExitCode) {
  const auto file = run_file("a.slk", 1000, 10);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) / 2));
    bytes.write("\x55\x55\x55\x55", 4);
  }
  const auto ran = socklock("report " + file);
  EXPECT_EQ(ran.status, 3);
  EXPECT_NE(ran.out.find("tcp.ehash"), std::string::npos);
  EXPECT_NE((ran.out + ran.err).find("damage"), std::string::npos) << ran.out << ran.err;
  for (const std::string& words : {"export --to folded " + file, "query " + file + " 'SELECT count(*) FROM totals'"}) {
    const auto other = socklock(words);
    EXPECT_EQ(other.status, 3) << words;
    EXPECT_NE(other.out, "") << words;
    EXPECT_NE(other.err.find("a.slk' is damaged"), std::string::npos) << words << ": " << other.err;
  }
}

TEST_F(Cli, ATornTailCostsNothingElse) {
  const auto file = run_file("a.slk", 1000, 10);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) * 3 / 4);
  const auto ran = socklock("info --json " + file);
  EXPECT_GE(json::parse(ran.out).at("contentions").get<int>(), 500);
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

TEST_F(Cli, HelpAndVersionAndUsage) {
  EXPECT_EQ(socklock("--help").status, 0);
  EXPECT_NE(socklock("--help").out.find("compare"), std::string::npos);
  EXPECT_EQ(socklock("--version").status, 0);
  EXPECT_EQ(socklock("").status, 2);
  EXPECT_EQ(socklock("nonsense").status, 2);
  EXPECT_EQ(socklock("info").status, 2);
}

}  // namespace
}  // namespace socklock::analyzer
