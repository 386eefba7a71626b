// SPDX-License-Identifier: GPL-2.0-or-later
// Files that the program reads and writes, and what it says where they, or its words, are not as they should be.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/support/address_sanitizer.h"
#include "tests/unit/analyzer/cli_fixture.h"

namespace socklock::analyzer {
namespace {

using nlohmann::json;

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
  EXPECT_NE(said("report --colour red " + file).find("no option --colour"), std::string::npos);
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

// For people, where their terminal shows no more; files and data are in UTF-8 everywhere.
TEST_F(Cli, WhatTheLocaleCannotShowIsSaidInAscii) {
  const std::string trace = run_file("a.slk", 1000);
  const auto is_ascii = [](const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  };
  const auto width = [](const std::string& text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  };
  for (const std::string& command : {"report " + trace, "query " + trace + " \"SELECT 'µs × é' AS micro\""}) {
    locale_ = "C.UTF-8";
    const auto unicode = socklock(command);
    locale_ = "C";
    const auto ascii = socklock(command);
    EXPECT_EQ(ascii.status, 0) << ascii.err;
    EXPECT_FALSE(is_ascii(unicode.out)) << unicode.out;
    EXPECT_TRUE(is_ascii(ascii.out)) << ascii.out;
    EXPECT_EQ(width(unicode.out), width(ascii.out));
    const auto written = socklock(command + " -o " + folder_.file("out.txt"));
    EXPECT_EQ(written.status, 0) << written.err;
    EXPECT_EQ(text_of(folder_.file("out.txt")), unicode.out);
  }
  EXPECT_TRUE(is_ascii(socklock("report " + folder_.file("é.slk")).err));
}

}  // namespace
}  // namespace socklock::analyzer
