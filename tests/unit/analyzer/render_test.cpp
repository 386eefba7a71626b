// SPDX-License-Identifier: GPL-2.0-or-later
// Every renderer, on recordings that come with the examples and on traces whose strings mean harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analyzer/compare/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/distribution.h"
#include "analyzer/render/escape.h"
#include "base/text.h"
#include "tests/unit/analyzer/shown.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::TraceMaker;
using ::testing::HasSubstr;
using ::testing::Not;

// NOLINTBEGIN(misc-misleading-bidirectional): that is the harm
constexpr const char* kHarm =
    "<script>alert(1)</script>|**x**`y` [l](javascript:z) \x1b[31m\r\n\xe2\x80\xae txt \xff\xfe \"q\" =1+1";
// NOLINTEND(misc-misleading-bidirectional)

LabelledRun loaded(const std::string& path) {
  auto run = load_run(path);
  EXPECT_TRUE(run) << path;
  return run ? label(*std::move(run), Taxonomy::built_in()) : LabelledRun{};
}

std::vector<LabelledRun> recorded(const std::string& side) {
  std::vector<LabelledRun> runs;
  for (int i = 1; i <= 6; ++i)
    runs.push_back(loaded("examples/listener-per-thread/" + side + "-" + std::to_string(i) + ".slk"));
  return runs;
}

std::vector<LabelledRun> hostile(std::uint64_t wait_ns) {
  const Folder folder;
  std::vector<LabelledRun> runs;
  for (int i = 0; i < 4; ++i) {
    TraceMaker maker;
    maker.header.set_label(kHarm);
    maker.header.mutable_host()->set_name(std::string(kHarm) + std::to_string(wait_ns));
    for (const char* word : {kHarm, "=cmd|' /C calc'!A0"}) maker.header.mutable_workload()->add_argv(word);
    maker.header.mutable_workload()->add_argv(std::string(5000, 'w'));
    maker.add({.waits = {{.lock = maker.table_lock("ehash", 1),
                          .stack = maker.stack({"_raw_spin_lock", kHarm, "tcp_v4_rcv"}),
                          .waits_ns = std::vector<std::uint64_t>(100, wait_ns)}},
               .connections_active = 100});
    const std::string path = folder.file(std::to_string(i) + ".slk");
    maker.write(path);
    runs.push_back(loaded(path));
  }
  return runs;
}

Comparison comparison_of(const std::vector<LabelledRun>& before, const std::vector<LabelledRun>& after) {
  auto comparison = compare(before, after, Taxonomy::built_in(), {});
  EXPECT_TRUE(comparison);
  return comparison ? *std::move(comparison) : Comparison{};
}

const Comparison& real_comparison() {
  static const Comparison comparison = comparison_of(recorded("before"), recorded("after"));
  return comparison;
}

const Comparison& hostile_comparison() {
  static const Comparison comparison = comparison_of(hostile(1000), hostile(100));
  return comparison;
}

std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

// No control character but those named, no direction override, no broken UTF-8: printable() has nothing to change.
void expect_clean(std::string text, std::string_view allowed) {
  text.erase(
      std::remove_if(text.begin(), text.end(), [&](char c) { return allowed.find(c) != std::string_view::npos; }),
      text.end());
  EXPECT_EQ(printable(text), text);
}

TEST(Render, PrintableLeavesNothingThatHidesOrTurns) {
  // NOLINTBEGIN(misc-misleading-bidirectional)
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a???b");
  EXPECT_EQ(printable("\xe2\x81\xa6\xef\xbb\xbf"), "??????");
  // NOLINTEND(misc-misleading-bidirectional)
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // surrogate
  EXPECT_EQ(printable("\xe0\x80\xaf"), "???");       // overlong
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // beyond Unicode
  EXPECT_EQ(printable("\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80"), "\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80");
}

TEST(Render, Escaping) {
  EXPECT_EQ(html_escaped("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  for (const std::string special : {"|", "`", "*", "_", "[", "]", "<", ">", "@", "\\"})
    EXPECT_EQ(markdown_escaped(special).find(special), std::string::npos) << special;
  EXPECT_EQ(csv_cell("=1+1"), "\"'=1+1\"");
  EXPECT_EQ(csv_cell("@a"), "\"'@a\"");
  EXPECT_EQ(csv_cell("\tb"), "\"?b\"");
  EXPECT_EQ(csv_cell("say \"x\", y"), "\"say \"\"x\"\", y\"");
  EXPECT_EQ(cut("abcdef", 4), "abc…");
  EXPECT_EQ(cut("äöüß", 4), "äöüß");
}

TEST(Render, TextFitsACommitMessage) {
  for (const Comparison* comparison : {&real_comparison(), &hostile_comparison()}) {
    const std::string text = testing::compare_as("text", *comparison, Taxonomy::built_in(), 12);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 72U) << line;
    expect_clean(text, "\n");
  }
  const std::string text = testing::compare_as("text", real_comparison(), Taxonomy::built_in(), 12);
  EXPECT_THAT(text, HasSubstr("gone (≤ 0."));
  EXPECT_THAT(text, HasSubstr("VERDICT improved"));
}

TEST(Render, HtmlIsSelfContained) {
  const std::string page = testing::compare_as("html", real_comparison(), Taxonomy::built_in());
  for (const char* word : {"<script", "http://", "https://", "url(", "@import", " src=", "<link", "<img"})
    EXPECT_THAT(page, Not(HasSubstr(word)));
  EXPECT_EQ(count_of(page, "<svg "), 5U);
  EXPECT_EQ(count_of(page, "<svg "), count_of(page, "</svg>"));
  EXPECT_EQ(count_of(page, "<details"), count_of(page, "</details>"));
  EXPECT_GT(count_of(page, "<details"), 2U);
  for (const char* word : {"prefers-color-scheme: dark", "@media print", "Methods and caveats", "gone (≤ 0."})
    EXPECT_THAT(page, HasSubstr(word));
  for (const Warning& warning : real_comparison().warnings)
    EXPECT_THAT(page, HasSubstr(html_escaped(message(warning))));
}

TEST(Render, HtmlOfAHostileTraceIsInert) {
  const std::string page = testing::compare_as("html", hostile_comparison(), Taxonomy::built_in());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  expect_clean(page, "\n");
  expect_clean(testing::report_as("html", hostile(100)[0], Taxonomy::built_in(), {.by = By::kFunction}), "\n");
  EXPECT_THAT(testing::report_as("html", hostile(100)[0], Taxonomy::built_in(), {.by = By::kFunction}),
              Not(HasSubstr("<script")));
}

// An interval is never shown as a point that it is not.
TEST(Render, AnIntervalThatIsNarrowHasDigitsEnough) {
  EXPECT_EQ(range_text(0.9984, 1.0031, 3), "0.998..1");
  EXPECT_EQ(range_text(0.99984, 1.00031, 2), "0.9998..1");
  EXPECT_EQ(range_text(0.41, 1.2, 2), "0.41..1.2");
  EXPECT_EQ(range_text(1, 1, 2), "1..1");
}

// The verdict and what it rests on are seen at once, the rest when it is unfolded.
TEST(Render, MarkdownFoldsWhatTheVerdictDoesNotRestOn) {
  for (const Comparison* comparison : {&real_comparison(), &hostile_comparison()}) {
    const std::string text = testing::compare_as("md", *comparison, Taxonomy::built_in(), 12);
    EXPECT_EQ(count_of(text, "<details><summary>"), count_of(text, "</details>\n"));
    const auto stacks = text.find("<details><summary>Call stacks, before → after</summary>\n\n");
    ASSERT_NE(stacks, std::string::npos);
    EXPECT_LT(text.find("### Where the wait went"), text.find("<details>"));
    EXPECT_LT(text.find("### Per "), text.find("<details>"));
    // Lists stand within the tags as Markdown does: after an empty line, and before one.
    EXPECT_THAT(text.substr(stacks), HasSubstr("\n\n- "));
    const bool has_branches = comparison == &real_comparison();  // the other's is one path, in one line
    EXPECT_EQ(text.find("\n  - ", stacks) != std::string::npos, has_branches);
    EXPECT_THAT(text.substr(stacks), HasSubstr("\n\n</details>\n"));
    EXPECT_THAT(text.substr(stacks), HasSubstr("less than 5% of the larger side"));
    EXPECT_THAT(text.substr(stacks), HasSubstr(" › "));
  }
}

TEST(Render, MarkdownOfAHostileTraceIsInert) {
  const LabelledRun run = hostile(100)[0];
  for (const std::string& text : {testing::compare_as("md", hostile_comparison(), Taxonomy::built_in(), 0),
                                  testing::report_as("md", run, Taxonomy::built_in(), {.by = By::kFunction})}) {
    expect_clean(text, "\n");
    for (const char* word : {"<script", "**x**", "](javascript", "`y`"}) EXPECT_THAT(text, Not(HasSubstr(word)));
  }
}

// Every row has as many cells as the first.
void expect_even_csv(const std::string& text) {
  std::size_t cells = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t seen = 1;
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++seen;
    }
    if (cells == 0) cells = seen;
    EXPECT_EQ(seen, cells) << line;
    EXPECT_FALSE(quoted) << line;
  }
}

TEST(Render, CsvIsATable) {
  expect_even_csv(testing::compare_as("csv", real_comparison(), Taxonomy::built_in()));
  expect_even_csv(testing::compare_as("csv", hostile_comparison(), Taxonomy::built_in()));
  expect_clean(testing::compare_as("csv", hostile_comparison(), Taxonomy::built_in()), "\r\n");
  expect_even_csv(testing::report_as("csv", hostile(100)[0], Taxonomy::built_in(), {.by = By::kFunction}));
}

TEST(Render, OneSidedAndEmptyComparisonsRender) {
  std::vector<LabelledRun> nothing;
  const Folder folder;
  for (int i = 0; i < 4; ++i) {
    TraceMaker maker;
    maker.add({.connections_active = 100});
    maker.write(folder.file(std::to_string(i) + ".slk"));
    nothing.push_back(loaded(folder.file(std::to_string(i) + ".slk")));
  }
  const std::vector<LabelledRun> some = hostile(500);
  for (const auto& [before, after] :
       {std::pair(std::cref(nothing), std::cref(some)), std::pair(std::cref(some), std::cref(nothing)),
        std::pair(std::cref(nothing), std::cref(nothing))}) {
    const std::string page = testing::compare_as("html", comparison_of(before, after), Taxonomy::built_in());
    EXPECT_THAT(page, Not(HasSubstr("nan")));
    EXPECT_THAT(page, Not(HasSubstr("\"inf")));
  }
}

// A run of which only sums are known, as several importers make them.
LabelledRun sums_only() {
  auto run = load_run("examples/listener-per-thread/before-1.slk");
  EXPECT_TRUE(run);
  run->facts.origin = "lock-prof";
  run->facts.knows.distribution = false;
  run->facts.knows.work = false;
  run->work = {};
  for (Interval& interval : run->intervals) interval.work = {};
  return label(*std::move(run), Taxonomy::built_in());
}

TEST(NotMeasured, IsNoNumberInAnyFormatOfAReport) {
  const LabelledRun run = sums_only();
  const Taxonomy& taxonomy = Taxonomy::built_in();
  for (const char* format : {"text", "md", "html"}) {
    const std::string text = testing::report_as(format, run, taxonomy, {.by = By::kClass});
    for (const char* cell : {"  0 ns", "| 0 ns |", "<td>0 ns</td>"}) EXPECT_THAT(text, Not(HasSubstr(cell))) << format;
    EXPECT_THAT(text, HasSubstr("–")) << format;
  }
  EXPECT_THAT(testing::report_as("html", run, taxonomy), HasSubstr("title=\"only sums are known, not single waits\""));
  const auto data = nlohmann::json::parse(testing::report_as("json", run, taxonomy));
  for (const auto& slice : data["by_class"])
    for (const char* key : {"p50_ns", "p90_ns", "p99_ns", "p999_ns"}) EXPECT_TRUE(slice[key].is_null()) << key;
  for (const auto& [key, value] : data["work"].items()) EXPECT_TRUE(value.is_null()) << key;
}

TEST(NotMeasured, IsNoNumberInAnyFormatOfAComparison) {
  const std::vector<LabelledRun> before{sums_only()}, after = recorded("after");
  const auto comparison = compare(before, after, Taxonomy::built_in(), {.criteria = {}, .unit = WorkUnit::kSeconds});
  ASSERT_TRUE(comparison);
  const auto data = nlohmann::json::parse(testing::compare_as("json", *comparison, Taxonomy::built_in()));
  EXPECT_TRUE(data["all_locks"]["before"]["p99_ns"].is_null());
  EXPECT_TRUE(data["all_locks"]["after"]["p99_ns"].is_number());
  EXPECT_TRUE(data["sides"]["before"]["cpu_ns_per_unit"].is_null());
  std::istringstream lines(testing::compare_as("csv", *comparison, Taxonomy::built_in()));
  std::string titles, headline;
  std::getline(lines, titles);
  std::getline(lines, headline);
  EXPECT_THAT(titles, HasSubstr("before_p50_ns,before_p99_ns,after_contentions"));
  EXPECT_THAT(headline, HasSubstr(",,,")) << "no quantile before: " << headline;
  for (const char* format : {"text", "md", "html"})
    EXPECT_THAT(testing::compare_as(format, *comparison, Taxonomy::built_in()), Not(HasSubstr("p50 0 ns"))) << format;
}

TEST(Formats, AreFoundByNameAndByTheEndingOfAFile) {
  for (const Format& format : kFormats) {
    EXPECT_EQ(format_named(format.name), &format);
    EXPECT_EQ(format_of_file("some.folder/report." + std::string(format.ending)), &format);
    EXPECT_FALSE(format.description.empty());
  }
  EXPECT_EQ(format_of_file("REPORT.HTML"), format_named("html"));
  for (const char* file : {"report", "some.html/report", ".html", "report.slk", ""})
    EXPECT_EQ(format_of_file(file), nullptr) << file;
  EXPECT_EQ(format_named("xml"), nullptr);
}

// Every string of a trace goes through every format that is made here.
TEST(Formats, EscapeWhateverTheyShow) {
  const std::vector<LabelledRun> runs = hostile(100);
  for (const Format& format : kFormats) {
    if (format.name == "pdf") continue;
    const Document report = report_document(runs[0], Taxonomy::built_in(), {.by = By::kFunction}, format.detail);
    const Document comparison = compare_document(hostile_comparison(), Taxonomy::built_in(), format.detail, 0);
    for (const Document* document : {&report, &comparison}) {
      const auto text = format.render(*document);
      ASSERT_TRUE(text);
      EXPECT_THAT(*text, Not(HasSubstr("\x1b"))) << format.name;
      if (format.name == "html" || format.name == "md") {
        EXPECT_THAT(*text, Not(HasSubstr("<script"))) << format.name;
      }
    }
  }
}

using OrderedJson = nlohmann::ordered_json;

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Holds the file against what it is to be; writes that where tests/golden/accept asks for it.
void expect_file(const std::string& path, const std::string& wanted) {
  if (std::getenv("SOCKLOCK_ACCEPT") != nullptr) std::ofstream(path) << wanted;
  EXPECT_EQ(file_text(path), wanted) << "tests/golden/accept writes it";
}

// The schema with every measure of these places, described; new ones may be null.
std::string described(const std::string& path, const char* definition, unsigned places) {
  OrderedJson schema = OrderedJson::parse(file_text(path));
  OrderedJson& properties = schema["$defs"][definition]["properties"];
  for (const SliceMeasure* measure : slice_measures_at(places)) {
    OrderedJson& property = properties[measure->column.id];
    if (property.is_null()) property["type"] = {measure->column.unit == Unit::kCount ? "integer" : "number", "null"};
    property["description"] = measure->column.definition;
  }
  return schema.dump(2) + "\n";
}

// The manual with a line for each measure in the table that begins so.
std::string with_measures(const std::string& manual) {
  constexpr std::string_view kHead = "| key | title | unit | definition |\n|---|---|---|---|\n";
  const std::size_t begin = manual.find(kHead) + kHead.size();
  std::string rows;
  for (const SliceMeasure& measure : slice_measures())
    rows += "| `" + measure.column.id + "` | " + measure.column.title + " | " +
            std::string(name_of(measure.column.unit)) + " | " + measure.column.definition + " |\n";
  return manual.substr(0, begin) + rows + manual.substr(manual.find("\n\n", begin) + 1);
}

// The published schemas and the manual say of each measure what tooltips and titles do.
TEST(SliceMeasures, AreDefinedOnceForSchemasAndManual) {
  expect_file("docs/schema/report-1.json", described("docs/schema/report-1.json", "slice", kRunData | kClassData));
  expect_file("docs/schema/compare-1.json", described("docs/schema/compare-1.json", "measures", kSideData));
  ASSERT_THAT(file_text("docs/reports.md"), HasSubstr("| key | title | unit | definition |"));
  expect_file("docs/reports.md", with_measures(file_text("docs/reports.md")));
}

TEST(FunctionNames, AreTheSameInReportsComparisonsAndStacks) {
  const Folder folder;
  TraceMaker maker;
  maker.add({.waits = {{.lock = maker.table_lock("ehash", 1),
                        .stack = maker.stack({"_raw_spin_lock", "mod_function", "tcp_v4_rcv"}),
                        .waits_ns = std::vector<std::uint64_t>(100, 500)}},
             .connections_active = 100});
  maker.write(folder.file("a.slk"));
  std::vector<LabelledRun> runs{loaded(folder.file("a.slk"))};
  for (Function& function : runs[0].run.dictionaries.functions)
    if (function.symbol == "mod_function") function.module = "mod";
  const std::string name = "mod_function [mod]";
  EXPECT_THAT(testing::report_as("csv", runs[0], Taxonomy::built_in(), {.by = By::kFunction}), HasSubstr(name));
  const Comparison comparison = comparison_of(runs, runs);
  EXPECT_EQ(comparison.moved.at(0).paths.at(0).functions.at(0).name, name);
  EXPECT_THAT(testing::compare_as("html", comparison, Taxonomy::built_in()), HasSubstr(name));
}

TEST(StackDiff, AddsUpToTheWhole) {
  const Comparison& comparison = real_comparison();
  EXPECT_NEAR(comparison.stacks.before_ns, comparison.everything.before.wait_ns_per_unit, 1e-6);
  EXPECT_NEAR(comparison.stacks.after_ns, comparison.everything.after.wait_ns_per_unit, 1e-6);
  double before = 0;
  for (const StackNode& child : comparison.stacks.children) before += child.before_ns;
  EXPECT_NEAR(before, comparison.stacks.before_ns, 1e-6);
}

TEST(Distribution, SharesAddUpToOne) {
  double shares = 0;
  for (const DistributionBin& bin : distribution(real_comparison().everything.before.stats)) shares += bin.share;
  EXPECT_NEAR(shares, 1, 1e-9);
  EXPECT_TRUE(distribution(WaitStats{}).empty());
}

}  // namespace
}  // namespace socklock::analyzer
