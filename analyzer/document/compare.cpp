// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/document/compare_charts.h"
#include "analyzer/document/compared_acquisitions_and_holds.h"
#include "analyzer/document/stacks_data.h"
#include "analyzer/document/words.h"
#include "analyzer/measure/breakdown.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr std::size_t kLabelColumns = 40;
// Branches of the stack tree with less of the larger side's wait are left out; of Markdown more, for it folds no
// branch.
constexpr double kMinStackShare = 0.005;
constexpr double kMinMarkupStackShare = 0.05;
constexpr std::size_t kMaxStackNodes = 3000;

std::string side_sentence(const SideSummary& side, WorkUnit unit) {
  std::string text = fmt::format("{} run{}", side.files.size(), side.files.size() == 1 ? "" : "s");
  if (!side.label.empty()) text += fmt::format(" \"{}\"", cut(printable(side.label), kLabelColumns));
  if (!side.workload.empty()) text += fmt::format(" of {}", workload_text(side));
  text += fmt::format(": {} waits in {:.1f} s", format_count(static_cast<double>(side.contentions)), side.seconds);
  if (unit != WorkUnit::kSeconds)
    text += fmt::format(", {} {} ({}/s)", format_count(side.work), name_of(unit),
                        format_count(std::round(side.work / side.seconds)));
  return text;
}

std::string cpu_sentence(const Comparison& comparison) {
  std::string text = fmt::format("{} of host CPU time per {} before, {} after: {}×",
                                 format_ns(comparison.before.cpu_ns_per_unit), singular_of(comparison.unit),
                                 format_ns(comparison.after.cpu_ns_per_unit), format_number(*comparison.cpu->ratio, 3));
  if (comparison.cpu->low)
    text += fmt::format(", {} ({})", interval_text(*comparison.cpu), name_of(comparison.cpu_verdict));
  return text;
}

double run_delay_share(const SideMeasures& side) {
  const WaitSums& sums = side.stats.sums;
  return share_of(sums.run_delay_ns, sums.wait_ns);
}

// What of the headline's wait was for a CPU; empty where that is little, or not known.
std::string run_delay_sentence(const Comparison& comparison) {
  constexpr double kWorthSaying = 0.1, kMost = 0.5;
  if (!comparison.before.knows_run_delay || !comparison.after.knows_run_delay) return "";
  const double before = run_delay_share(comparison.headline.before), after = run_delay_share(comparison.headline.after);
  if (std::max(before, after) < kWorthSaying) return "";
  std::string text = fmt::format("of this wait {} before and {} after was for a CPU, not for a lock",
                                 format_percent(before), format_percent(after));
  if (std::max(before, after) >= kMost)
    text += fmt::format(": {} it was CPUs that were waited for",
                        std::min(before, after) >= kMost ? "on both sides" : (before >= kMost ? "before" : "after"));
  return text;
}

void add_warnings(Section& section, const Comparison& comparison) {
  for (const Warning& warning : comparison.warnings)
    section.blocks.emplace_back(Paragraph{message(warning), Paragraph::Kind::kWarning, "warning: "});
}

Section sides_section(const Comparison& comparison, Detail detail) {
  Section section;
  for (const auto& [name, side] : {std::pair{"before", &comparison.before}, {"after", &comparison.after}})
    section.blocks.emplace_back(Paragraph{side_sentence(*side, comparison.unit), Paragraph::Kind::kItem,
                                          detail == Detail::kLines ? fmt::format("{:<8}", name) : name, 8});
  add_warnings(section, comparison);
  return section;
}

// The sentences that the verdict rests on. Text begins them with a word, elsewhere they are sentences of their own.
Section verdict_section(const Comparison& comparison, Detail detail) {
  const bool is_brief = detail == Detail::kLines;
  Section section;
  section.is_verdict = true;
  const auto add = [&](std::string text, const char* brief_lead, const char* lead) {
    if (text.empty()) return;
    section.blocks.emplace_back(is_brief ? Paragraph{std::move(text), Paragraph::Kind::kText, brief_lead}
                                         : Paragraph{lead + std::move(text)});
  };
  const std::string verdict = is_brief ? verdict_words(comparison) + ": " : "";
  add(fmt::format("{}{}: {}", verdict, comparison.headline.name, effect_sentence(comparison.headline, comparison)),
      "VERDICT ", "");
  add(parts_text(comparison), "  of which ", "Of which ");
  add(run_delay_sentence(comparison), "  ", "");
  add(what_would_decide(comparison), "  ", "");
  if (comparison.pairs) add("interleaved runs: each is compared with its neighbour in time", "  ", "");
  if (comparison.within_run_only) add("within-run only: does not cover variation from run to run", "  ", "");
  const std::string lead = comparison.quiet.name + ": ";
  add(fmt::format("{}: {}", name_of(comparison.quiet.verdict), effect_sentence(comparison.quiet, comparison)),
      lead.c_str(), lead.c_str());
  if (comparison.cpu) add(cpu_sentence(comparison), "CPU: ", "CPU: ");
  return section;
}

Table limited(Table table, std::size_t limit) {
  table.cut_rows(limit);
  return table;
}

// By what was asked for besides classes and paths.
void add_groups(Document& document, const Comparison& comparison, Detail detail, std::size_t limit) {
  if (!comparison.grouped_by) return;
  const std::string by(name_of(*comparison.grouped_by));
  const std::string title = detail == Detail::kLines ? "" : "Wait by " + by;
  if (comparison.groups.empty())
    document.sections.push_back({title, "", {Paragraph{"By " + by + ": no waits on either side"}}});
  else
    document.sections.push_back({title, "", {limited(slices_table(comparison.groups, comparison, by, detail), limit)}});
}

void add_acquisitions_and_holds(Document& document, const Comparison& comparison, const Taxonomy& taxonomy,
                                Detail detail, std::size_t limit) {
  for (Table& table : acquisition_and_hold_tables(comparison, taxonomy, detail, limit)) {
    std::string heading = table.heading;
    document.sections.push_back({std::move(heading), "", {std::move(table)}});
  }
}

Section tables_by_path(const Comparison& comparison) {
  Section section;
  section.blocks.emplace_back(
      Paragraph{fmt::format("Connection-table locks by call path: contentions per {}", singular_of(comparison.unit))});
  Table table = slices_table(comparison.send_path, comparison, "call path", Detail::kLines,
                             {&slice_measure("contentions_per_unit")});
  for (Column& column : table.columns)
    if (column.id == "effect") column.title = "effect on wait";
  if (table.rows.empty())
    section.blocks.emplace_back(Paragraph{"no waits on either side", Paragraph::Kind::kText, "  "});
  else
    section.blocks.emplace_back(std::move(table));
  section.blocks.emplace_back(Paragraph{send_path_answer(comparison), Paragraph::Kind::kText, "  "});
  return section;
}

// What the question of the big lock comes first for: FreeBSDs.
void add_global_lock(Document& document, const Comparison& comparison, const char* heading) {
  if (comparison.global_lock.empty()) return;
  document.sections.push_back({heading, "", {Paragraph{comparison.global_lock}}});
}

void add_text_sections(Document& document, const Comparison& comparison, const Taxonomy& taxonomy, std::size_t limit) {
  constexpr Detail kDetail = Detail::kLines;
  document.columns = kCommitColumns;
  add_global_lock(document, comparison, "");
  document.sections.push_back(sides_section(comparison, kDetail));
  document.sections.push_back(verdict_section(comparison, kDetail));
  document.sections.push_back({"",
                               "",
                               {limited(slices_table(comparison.classes, comparison,
                                                     fmt::format("wait per {}", singular_of(comparison.unit)), kDetail),
                                        limit)}});
  add_groups(document, comparison, kDetail, limit);
  document.sections.push_back(tables_by_path(comparison));
  add_acquisitions_and_holds(document, comparison, taxonomy, kDetail, limit);
  document.sections.push_back({"", "", {moved_table(comparison, taxonomy, kDetail)}});
  if (std::string fates = fates_text(comparison, taxonomy); !fates.empty())
    document.sections.back().blocks.emplace_back(Paragraph{std::move(fates), Paragraph::Kind::kText, "  "});
}

struct TreeRules {
  double matters_ns = 0;  // less on both sides doesn't
  bool is_judged = true;  // else a change is neither good nor bad
};

// Depth first, until `left` nodes are written; children come by size of their change. Nothing of what doesn't matter.
bool add_tree(const StackNode& node, const TreeRules& rules, std::size_t& left, TreeNode& tree) {
  if (left == 0 || (node.before_ns < rules.matters_ns && node.after_ns < rules.matters_ns)) return false;
  --left;
  tree.name = node.function;
  tree.figures = fmt::format("{} → {}", format_ns(node.before_ns), format_ns(node.after_ns));
  tree.change = delta_text(node.after_ns - node.before_ns);
  if (rules.is_judged) tree.tone = node.after_ns <= node.before_ns ? Tone::kBetter : Tone::kWorse;
  for (const StackNode& child : node.children) {
    TreeNode below;
    if (add_tree(child, rules, left, below)) tree.children.push_back(std::move(below));
  }
  return true;
}

// No section where no wait has a call stack.
void add_stacks(Document& document, const Comparison& comparison, double min_share) {
  const StackNode& whole = comparison.stacks;
  TreeNode stacks;
  std::size_t left = kMaxStackNodes;
  const TreeRules rules{min_share * std::max(whole.before_ns, whole.after_ns), !comparison.within_run_only};
  if (!add_tree(whole, rules, left, stacks)) return;
  document.sections.push_back({"Call stacks, before → after",
                               fmt::format("Wait per {} below each function, outermost first, largest change first. "
                                           "Waits without a recorded stack are one entry. Functions with less "
                                           "than {} of the larger side's wait on both sides are left out.",
                                           singular_of(comparison.unit), format_percent(min_share)),
                               {std::move(stacks)}});
}

void add_markup_sections(Document& document, const Comparison& comparison, const Taxonomy& taxonomy,
                         std::size_t limit) {
  constexpr Detail kDetail = Detail::kMarkup;
  add_global_lock(document, comparison, "");
  document.sections.push_back(verdict_section(comparison, kDetail));
  document.sections.push_back(sides_section(comparison, kDetail));
  document.sections.push_back(
      {fmt::format("Per {}", singular_of(comparison.unit)),
       "",
       {limited(slices_table(comparison.classes, comparison, "lock class", kDetail), limit),
        limited(slices_table(comparison.class_paths, comparison, "lock class × call path", kDetail), limit)}});
  add_groups(document, comparison, kDetail, limit);
  document.sections.push_back({"Connection-table locks by call path",
                               send_path_answer(comparison),
                               {slices_table(comparison.send_path, comparison, "call path", kDetail)}});
  document.sections.push_back({"Where the wait went", "", {moved_table(comparison, taxonomy, kDetail)}});
  // What the verdict does not rest on takes no room in a merge request until somebody unfolds it.
  const std::size_t seen = document.sections.size();
  add_acquisitions_and_holds(document, comparison, taxonomy, kDetail, limit);
  add_stacks(document, comparison, kMinMarkupStackShare);
  for (std::size_t i = seen; i < document.sections.size(); ++i) document.sections[i].folds = true;
}

Section methods_section(const Comparison& comparison) {
  const Criteria& criteria = comparison.criteria;
  std::string text = fmt::format(
      "Effect: wait per {} after, divided by before; means over the runs of a side. Verdicts need the whole {} "
      "interval beyond ±{} and p (for tables of many rows: q of Benjamini and Hochberg) of at most {:.3g}. ",
      singular_of(comparison.unit), format_percent(criteria.confidence), format_percent(criteria.threshold),
      1 - criteria.confidence);
  if (comparison.within_run_only)
    text += fmt::format(
        "With fewer than {} runs on a side, intervals come from a moving-block bootstrap within the runs: how runs "
        "vary is not covered. ",
        kMinRuns);
  else if (comparison.pairs)
    text +=
        "Runs were interleaved, so each is compared with its neighbour in time: an interval on the log of the "
        "ratio by Student's t of the pairs, and a permutation test within them; where waits are few, the exact "
        "binomial interval of two rates. ";
  else
    text +=
        "The run is the sampling unit: an interval on the log of the ratio by Student's t with Welch's degrees of "
        "freedom, and a permutation test; where waits are few, the exact binomial interval of two rates. ";
  text += fmt::format("Rows with fewer than {} waits on both sides together are not tested. Seed {}. ", kMinContentions,
                      criteria.seed);
  text +=
      "Quantiles come from a histogram whose buckets hold them to 1/16. Sums and counts are exact but for the lost "
      "events stated above. Acquisitions are counts of calls of the functions that take these locks; where they were "
      "not measured, the page says so.";
  Section section{"Methods and caveats", "", {Paragraph{std::move(text)}}};
  if (comparison.warnings.empty()) section.blocks.emplace_back(Paragraph{"No caveats were found."});
  add_warnings(section, comparison);
  return section;
}

Block table_or_nothing(Table table) {
  if (table.rows.empty()) return Paragraph{"No waits on either side."};
  return table;
}

void add_charts(Document& document, const Comparison& comparison, const Taxonomy& taxonomy) {
  const std::string per_unit = fmt::format("per {}", singular_of(comparison.unit));
  const auto add = [&document](const char* heading, std::string note, Chart chart) {
    if (!chart.is_empty()) document.sections.push_back({heading, std::move(note), {std::move(chart)}});
  };
  add("Where the wait went", fmt::format("Wait {}; the parts add up to the whole.", per_unit),
      waterfall_chart(comparison, taxonomy));
  add("Wait times",
      "Share of each side's waits by how long they took (all locks), two bins an octave; below, quantiles.",
      distribution_chart(comparison));
  add("Timeline", fmt::format("Wait of all locks {}, interval by interval, run behind run.", per_unit),
      timeline_chart(comparison));
}

void add_page_sections(Document& document, const Comparison& comparison, const Taxonomy& taxonomy) {
  constexpr Detail kDetail = Detail::kPage;
  const std::string per_unit = fmt::format("per {}", singular_of(comparison.unit));
  document.sections.push_back(verdict_section(comparison, kDetail));
  add_global_lock(document, comparison, "The global lock of TCP");
  document.sections.push_back({"What was compared", "", {sides_table(comparison)}});
  add_warnings(document.sections.emplace_back(Section{"Warnings"}), comparison);
  document.sections.push_back(
      {"Effects",
       fmt::format("Wait {} after, divided by before, with {} intervals. The band is ±{}, the changes that don't "
                   "matter.",
                   per_unit, format_percent(comparison.criteria.confidence),
                   format_percent(comparison.criteria.threshold)),
       {forest_chart(comparison),
        table_or_nothing(slices_table(comparison.classes, comparison, "lock class", kDetail))}});
  document.sections.push_back(
      {"Wait by lock class and call path",
       fmt::format("Wait {}.", per_unit),
       {pairs_chart(comparison),
        table_or_nothing(slices_table(comparison.class_paths, comparison, "lock class × call path", kDetail))}});
  add_groups(document, comparison, kDetail, 0);
  document.sections.push_back(
      {"Connection-table locks by call path",
       fmt::format("Contentions and wait {}. {}", per_unit, send_path_answer(comparison)),
       {table_or_nothing(slices_table(comparison.send_path, comparison, "call path", kDetail))}});
  add_acquisitions_and_holds(document, comparison, taxonomy, kDetail, 0);
  add_charts(document, comparison, taxonomy);
  add_stacks(document, comparison, kMinStackShare);
  document.sections.push_back(methods_section(comparison));
}

}  // namespace

void add_interactive_data(const Comparison& comparison, const Taxonomy& taxonomy, Document& document) {
  document.data = compare_data(comparison, taxonomy);
  document.stacks = stacks_data(comparison.class_path_stacks, taxonomy);
}

Document compare_document(const Comparison& comparison, const Taxonomy& taxonomy, Detail detail, std::size_t limit) {
  Document document{.title = "socklock", .headline = "What the change did to what sockets wait for"};
  document.footer = "Made by socklock compare.";
  document.verdict = verdict_words(comparison);
  document.tone = tone_of(comparison.headline.verdict);
  switch (detail) {
    case Detail::kLines: add_text_sections(document, comparison, taxonomy, limit); break;
    case Detail::kMarkup: add_markup_sections(document, comparison, taxonomy, limit); break;
    case Detail::kPage:
    case Detail::kScreen: add_page_sections(document, comparison, taxonomy); break;
    case Detail::kRows: document.rows = compare_rows(comparison, taxonomy); break;
    case Detail::kData: document.data = compare_data(comparison, taxonomy); break;
  }
  return document;
}

}  // namespace socklock::analyzer
