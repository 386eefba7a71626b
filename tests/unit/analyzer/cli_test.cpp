// SPDX-License-Identifier: GPL-2.0-or-later
// The program as users and scripts call it: what it prints, where, and what it exits with.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/analyzer/trace_maker.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SOCKLOCK_ADDRESS_SANITIZER
#endif
#endif

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
  for (const auto& entry : std::filesystem::directory_iterator(folder_.file("")))
    EXPECT_FALSE(entry.path().filename().string().ends_with(".new")) << entry.path();
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

// Fixed names, links and devices: nothing is written through, nothing removed that was not made.
TEST_F(Cli, FilesAreReplacedAndNothingElseIsTouched) {
  const auto file = run_file("a.slk", 1000);
  std::ofstream(folder_.file("victim")) << "precious";
  for (const char* link : {"r.txt", "r.txt.new", "i.slk", "i.slk.new", "d.sqlite"})
    std::filesystem::create_symlink(folder_.file("victim"), folder_.file(link));
  EXPECT_EQ(socklock("report -o " + folder_.file("r.txt") + " " + file).status, 0);
  EXPECT_FALSE(std::filesystem::is_symlink(folder_.file("r.txt")));
  EXPECT_EQ(socklock("query --export-sqlite " + folder_.file("d.sqlite") + " " + file).status, 2);
  const std::string import = "import lock-stat -d 1 tests/golden/inputs/lock_stat.txt -o ";
  EXPECT_EQ(socklock(import + folder_.file("i.slk")).status, 2);
  EXPECT_EQ(socklock(import + folder_.file("i.slk") + " --overwrite").status, 0);
  EXPECT_EQ(text_of(folder_.file("victim")), "precious");
  EXPECT_EQ(socklock("report -o " + folder_.file("") + " " + file).status, 2) << "a folder";
  // A pipe that nobody reads is no reason to wait for ever.
  ASSERT_EQ(mkfifo(folder_.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(socklock("report -o " + folder_.file("fifo") + " " + file).status, 3);
  EXPECT_EQ(socklock(import + folder_.file("fifo") + " --overwrite").status, 2);
  EXPECT_TRUE(std::filesystem::is_fifo(folder_.file("fifo")));
}

TEST_F(Cli, AMinusIsStandardInputOrOutput) {
  const auto file = run_file("a.slk", 1000);
  const std::string expected = socklock("report --json " + file).out;
  EXPECT_EQ(socklock("report --json -o - " + file).out, expected);
  auto piped = json::parse(socklock("report --json -", text_of(file)).out);
  EXPECT_EQ(piped.at("by_class"), json::parse(expected).at("by_class"));
  EXPECT_EQ(socklock("report -", "no trace").status, 3);
  const auto imported = socklock("import lock-stat -d 1 tests/golden/inputs/lock_stat.txt -o -");
  EXPECT_EQ(imported.status, 0) << imported.err;
  EXPECT_EQ(socklock("info -", imported.out).status, 0);
  EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST_F(Cli, WhatIsThrownIsSaidAndNotFatal) {
  const auto file = run_file("a.slk", 1000);
  const auto starved = socklock("query " + file + " 'SELECT 1'");
  EXPECT_EQ(starved.status, 0);
  // Memory that ends. AddressSanitizer's own is more than that.
#ifndef SOCKLOCK_ADDRESS_SANITIZER
  const std::string limited = "sh -c 'ulimit -v 60000; exec " + std::string(SOCKLOCK_PROGRAM) + " report " + file + "'";
  const int status = std::system((limited + " >/dev/null 2>" + folder_.file("err")).c_str());
  const int code = WEXITSTATUS(status);
  EXPECT_TRUE(WIFEXITED(status) && (code == 0 || code == 3 || code == 127)) << text_of(folder_.file("err"));
#endif
  // A folder that may be listed, but not entered, is an error like any other.
  const auto closed = folder_.file("closed");
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms::owner_read);
  for (const std::string& words : {"compare " + closed + " -- " + closed, "query " + closed + " 'SELECT 1'",
                                   "report " + closed + "/x.slk", "import lock-stat " + closed + "/x"}) {
    const auto ran = socklock(words);
    EXPECT_TRUE(ran.status == 3 || ran.status == 2) << words << ": " << ran.status << ran.err;
    EXPECT_NE(ran.err, "") << words;
  }
  const auto pdf = socklock("report --format pdf -o " + folder_.file("r.pdf") + " " + file);
  EXPECT_TRUE(pdf.status == 0 || pdf.status == 2) << pdf.err;
}

TEST_F(Cli, DamageIsSaidOnStandardErrorToo) {
  const auto file = run_file("a.slk", 1000, 10);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) / 2));
    bytes.write("\x55\x55\x55\x55", 4);
  }
  for (const std::string& words : {"info " + file, "report " + file, "report -o " + folder_.file("r") + " " + file,
                                   "compare " + file + " -- " + file}) {
    const auto ran = socklock(words);
    EXPECT_EQ(ran.status, 3) << words;
    EXPECT_NE(ran.err.find("a.slk' is damaged"), std::string::npos) << words << ": " << ran.err;
  }
}

TEST_F(Cli, SlipsAreNamedWithWhatWasMeant) {
  const auto file = run_file("a.slk", 1000), other = run_file("b.slk", 1000);
  const auto said = [&](const std::string& words) {
    const auto ran = socklock(words);
    EXPECT_EQ(ran.status, 2) << words;
    EXPECT_TRUE(ran.err.starts_with("socklock")) << ran.err;
    EXPECT_EQ(ran.out, "") << words;
    return ran.err;
  };
  EXPECT_NE(said("reprot " + file).find("did you mean report?"), std::string::npos);
  EXPECT_NE(said("").find("compare"), std::string::npos);
  EXPECT_NE(said("report --formt json " + file).find("did you mean --format?"), std::string::npos);
  EXPECT_NE(said("report --class tcp.ehash " + file).find("no option --class"), std::string::npos);
  EXPECT_NE(said("report " + file + " " + other).find("takes one file"), std::string::npos);
  EXPECT_NE(said("compare " + file + " " + other).find("compare " + file + " -- " + other), std::string::npos);
  EXPECT_NE(said("compare --fail-on regressed:tcp.ehsah " + file + " -- " + other).find("did you mean tcp.ehash?"),
            std::string::npos);
  EXPECT_NE(said("query 'SELECT 1' " + file).find("the query comes last"), std::string::npos);
  EXPECT_TRUE(said("export " + file).starts_with("socklock export: ")) << "who complains";
  for (const char* limit : {"-1", "99999999999999999999", "x"})
    said("report --limit " + std::string(limit) + " " + file);
  EXPECT_NE(socklock("info " + folder_.file("")).err.find("name a trace in it"), std::string::npos);
}

TEST_F(Cli, UsageErrorsAreJsonWhereJsonWasAskedFor) {
  for (const char* words : {"report --json", "report --json --formt x", "compare --json a.slk",
                            "export --to nothing a --json", "reprot --json"}) {
    const auto ran = socklock(words);
    EXPECT_EQ(ran.status, 2) << words;
    const auto document = json::parse(ran.err, nullptr, false);
    ASSERT_TRUE(document.is_object()) << words << ": " << ran.err;
    EXPECT_EQ(document.at("schema"), "socklock.error/1");
    EXPECT_EQ(document.at("error").at("exit_code"), 2);
  }
}

TEST_F(Cli, OptionsMayComeBehindFiles) {
  const auto sides = side("before", 1000) + "-- " + side("after", 100);
  const auto expected = socklock("compare --json --threshold 10 " + sides);
  EXPECT_EQ(expected.status, 0) << expected.err;
  EXPECT_EQ(socklock("compare " + sides + " --json --threshold 10").out, expected.out);
  EXPECT_EQ(socklock("compare " + sides + " --json -o " + folder_.file("c.json") + " --threshold=10").out, "");
  EXPECT_EQ(text_of(folder_.file("c.json")), expected.out);
  EXPECT_EQ(socklock("diff " + sides + " --json --threshold 10").out, expected.out) << "as git calls it";
}

TEST_F(Cli, StandardInputIsCalledSo) {
  const std::string trace = text_of(run_file("a.slk", 1000));
  for (const char* verb : {"info", "report"}) {
    const auto shown = socklock(std::string(verb) + " -", trace);
    EXPECT_EQ(shown.status, 0) << shown.err;
    EXPECT_NE(shown.out.find("standard input"), std::string::npos) << shown.out;
    const auto refused = socklock(std::string(verb) + " -", "no trace");
    EXPECT_EQ(refused.status, 3);
    EXPECT_NE(refused.err.find("standard input"), std::string::npos) << refused.err;
    EXPECT_EQ((shown.out + refused.err).find("/dev/fd"), std::string::npos) << "the name of a copy";
  }
}

TEST_F(Cli, AFolderThatMayNotBeLookedInto) {
  // Root may look everywhere.
  if (geteuid() == 0 && std::system("command -v setpriv >/dev/null") != 0) GTEST_SKIP() << "needs setpriv";
  const std::string folder = folder_.file("closed");
  std::filesystem::create_directory(folder);
  const auto file = run_file("a.slk", 1000);
  std::filesystem::permissions(folder, std::filesystem::perms::none);
  const std::string as_user = geteuid() == 0 ? "setpriv --inh-caps=-all --bounding-set=-all --reuid=65534 " : "";
  const std::string command = "chmod 755 " + folder_.file("") + " && " + as_user + SOCKLOCK_PROGRAM + " compare " +
                              folder + " -- " + file + " 2>" + folder_.file("err");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 3);
  const std::string said = text_of(folder_.file("err"));
  EXPECT_NE(said.find("socklock compare: cannot look into: Permission denied"), std::string::npos) << said;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

TEST_F(Cli, HelpOfAVerbByTwoWays) {
  for (const char* verb : {"report", "compare", "export", "import", "query", "ab", "info"})
    EXPECT_EQ(socklock(std::string("help ") + verb).out, socklock(std::string(verb) + " --help").out) << verb;
  EXPECT_EQ(socklock("help").out, socklock("--help").out);
  EXPECT_EQ(socklock("version").out, socklock("--version").out);
  EXPECT_EQ(socklock("-V").out, socklock("--version").out);
  const std::string full = std::string(SOCKLOCK_PROGRAM) + " --help >/dev/full 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(full.c_str())), 3);
}

// Ended by a signal in the middle of it, a verb leaves nothing of its own behind.
TEST_F(Cli, ASignalLeavesNoHalfFile) {
  const auto file = run_file("a.slk", 1000);
  const std::string program = std::string("timeout -s INT 0.3 ") + SOCKLOCK_PROGRAM + " ";
  const std::string slow = "'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n' ";
  std::system((program + "query -o " + folder_.file("x") + " " + file + " " + slow + "2>/dev/null").c_str());
  std::system(("(sleep 5) | " + program + "import perf-script - -o " + folder_.file("y.slk") + " 2>/dev/null").c_str());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.file(""))) {
    const std::string name = entry.path().filename().string();
    EXPECT_FALSE(name.starts_with("x") || name.starts_with("y")) << name;
  }
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
