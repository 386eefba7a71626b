// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/command_line.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "base/nearest.h"
#include "base/option_values.h"

namespace socklock {
namespace {

using Words = std::vector<std::string>;

struct Program {
  std::unique_ptr<CLI::App> app = std::make_unique<CLI::App>("A program", "prog");
  CLI::App* report = app->add_subcommand("report", "Reports");
  CLI::App* compare = app->add_subcommand("compare", "Compares");
  Words files{};
  bool json = false;
  double seconds = 0;
  std::string output{};

  Program() {
    app->require_subcommand(1);
    app->set_version_flag("--version", "prog 1");
    for (CLI::App* verb : {report, compare}) {
      verb->add_option("files", files)->required();
      verb->add_flag("--json", json);
      verb->add_option("-o,--output", output);
      verb->add_option("-d,--duration", seconds)->transform(duration_value());
    }
  }
};

struct Said {
  std::optional<int> exit_code;
  std::string out, err;
};

Said parse(const Words& words, Program& program, const CommandLineHelp& help = {}) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto exit_code = parse_command_line(*program.app, words, help);
  const std::string out = testing::internal::GetCapturedStdout();
  return {exit_code, out, testing::internal::GetCapturedStderr()};
}

Said parse(const Words& words, const CommandLineHelp& help = {}) {
  Program program;
  return parse(words, program, help);
}

TEST(CommandLine, IsParsed) {
  Program program;
  EXPECT_FALSE(parse({"report", "a", "-d", "5m", "--output=x", "b"}, program).exit_code);
  EXPECT_EQ(program.files, (Words{"a", "b"}));
  EXPECT_EQ(program.seconds, 300);
  EXPECT_EQ(program.output, "x");
}

TEST(CommandLine, DurationsHaveUnits) {
  for (const auto& [text, seconds] :
       {std::pair{"90", 90.0}, {"1.5", 1.5}, {"90s", 90.0}, {"0.5h", 1800.0}, {"2d", 172800.0}, {"5min", 300.0}}) {
    Program program;
    EXPECT_FALSE(parse({"report", "a", "-d", text}, program).exit_code) << text;
    EXPECT_DOUBLE_EQ(program.seconds, seconds) << text;
  }
  for (const char* text : {"5x", "m", "", "5 5", "1e999", "nan", "-1", "inf", " 5"})
    EXPECT_EQ(parse({"report", "a", "-d", text}).exit_code, 2) << text;
}

TEST(CommandLine, SaysWhatWasProbablyMeant) {
  EXPECT_EQ(parse({"reprot", "a"}).err, "prog: no verb 'reprot'\nhint: did you mean report?\n");
  EXPECT_EQ(parse({"report", "a", "--jsno"}).err, "prog report: no option --jsno\nhint: did you mean --json?\n");
  EXPECT_EQ(parse({"report", "a", "-x"}).err, "prog report: no option -x\n");
  EXPECT_EQ(parse({"-d", "3"}, {.usual_verb = "report"}).err,
            "prog: a verb is missing before -d\nhint: prog report -d 3\n");
  EXPECT_NE(parse({}).err.find("report, compare"), std::string::npos);
  EXPECT_EQ(parse({"report"}).exit_code, 2);
}

TEST(CommandLine, ErrorsAreJsonWhereItWasAskedFor) {
  for (const Words& words : {Words{"report", "--json"}, {"report", "--json", "--nothing"}, {"nothing", "--json"}}) {
    const Said said = parse(words);
    EXPECT_EQ(said.exit_code, 2);
    EXPECT_TRUE(said.err.starts_with("{")) << said.err;
  }
}

TEST(CommandLine, HelpHasItsOtherNames) {
  EXPECT_EQ(parse({"help"}).out, parse({"--help"}).out);
  EXPECT_EQ(parse({"help", "report"}).out, parse({"report", "--help"}).out);
  EXPECT_EQ(parse({"-V"}).out, "prog 1\n");
  EXPECT_EQ(parse({"version"}).exit_code, 0);
  EXPECT_FALSE(parse({"diff", "a"}, {.aliases = {{"diff", "compare"}}}).exit_code);
}

TEST(CommandLine, OptionsBehindASeparatorAreOptions) {
  const Program program;
  Words words{"compare", "a", "--", "b", "--json", "-o", "out", "c", "--duration=3"};
  EXPECT_EQ(take_words_behind_separator(*program.compare, words), (Words{"b", "c"}));
  EXPECT_EQ(words, (Words{"compare", "a", "--json", "-o", "out", "--duration=3"}));
  Words none{"compare", "a"};
  EXPECT_TRUE(take_words_behind_separator(*program.compare, none).empty());
  EXPECT_EQ(none, (Words{"compare", "a"}));
}

TEST(CommandLine, AFileThatLooksLikeAnOptionIsAFile) {
  const Program program;
  const std::string name = "-strange.slk";
  std::ofstream{name};
  Words words{"compare", "a", "--", name};
  EXPECT_EQ(take_words_behind_separator(*program.compare, words), Words{name});
  std::remove(name.c_str());
}

TEST(Nearest, IsTheWordThatAFewLettersMake) {
  const Words verbs{"info", "report", "compare", "record"};
  EXPECT_EQ(nearest("reprot", verbs), "report");
  EXPECT_EQ(nearest("compar", verbs), "compare");
  EXPECT_EQ(nearest("inof", verbs), "info");
  EXPECT_EQ(nearest("tcpdump", verbs), "");
  EXPECT_EQ(nearest("", verbs), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), verbs), "");
}

TEST(NumberIn, RefusesWhatIsNotANumberToo) {
  const CLI::Validator from_1_to_2 = number_in(1, 2);
  EXPECT_EQ(from_1_to_2.get_description(), "FLOAT in [1 - 2]");
  for (const char* word : {"1", "1.5", "2"}) EXPECT_EQ(from_1_to_2(std::string(word)), "") << word;
  for (const char* word : {"0.9", "2.1", "nan", "-nan", "NAN", "inf", "x", ""})
    EXPECT_NE(from_1_to_2(std::string(word)), "") << word;
}

}  // namespace
}  // namespace socklock
