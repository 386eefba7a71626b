// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/compare_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/render/compare_level2.h"
#include "analyzer/render/compare_words.h"
#include "analyzer/render/escape.h"
#include "analyzer/render/html_page.h"
#include "analyzer/render/svg_charts.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// Branches of the stack tree with less of the wait of either side are left out.
constexpr double kMinStackShare = 0.005;
constexpr std::size_t kMaxStackNodes = 3000;

std::string verdict_box(const Comparison& comparison) {
  const auto paragraph = [](const std::string& text) {
    return text.empty() ? "" : fmt::format("<p>{}</p>\n", html_escaped(text));
  };
  std::string box = fmt::format("<div class=\"verdict {}\"><b>{}</b>\n", name_of(comparison.headline.verdict),
                                verdict_words(comparison));
  box += paragraph(comparison.headline.name + ": " + effect_sentence(comparison.headline, comparison));
  box += paragraph(what_would_decide(comparison));
  if (const std::string parts = parts_text(comparison); !parts.empty()) box += paragraph("Of which " + parts);
  box += paragraph(fmt::format("{}: {}: {}", comparison.quiet.name, name_of(comparison.quiet.verdict),
                               effect_sentence(comparison.quiet, comparison)));
  if (comparison.cpu)
    box += paragraph(fmt::format("Host CPU time per {}: {} before, {} after: {}×{} {}", singular_of(comparison.unit),
                                 format_ns(comparison.before.cpu_ns_per_unit),
                                 format_ns(comparison.after.cpu_ns_per_unit), format_number(*comparison.cpu->ratio, 3),
                                 comparison.cpu->low ? " (" + interval_text(*comparison.cpu) + ")," : ",",
                                 name_of(comparison.cpu_verdict)));
  return box + "</div>\n";
}

std::string sides_table(const Comparison& comparison) {
  html::Table table({"side", "runs", "recorded", "waits", std::string(name_of(comparison.unit)), "lost"});
  for (const auto& [name, side] : {std::pair{"before", &comparison.before}, {"after", &comparison.after}})
    table.add({fmt::format("{}{} of {}", name, side->label.empty() ? "" : fmt::format(" “{}”", side->label),
                           side->workload.empty() ? "a live host" : workload_text(*side)),
               std::to_string(side->files.size()), fmt::format("{:.1f} s", side->seconds),
               format_count(static_cast<double>(side->contentions)),
               comparison.unit == WorkUnit::kSeconds ? fmt::format("{:.1f}", side->work) : format_count(side->work),
               format_count(static_cast<double>(side->lost))});
  return table.html();
}

std::string warnings_list(const Comparison& comparison) {
  if (comparison.warnings.empty() && !comparison.within_run_only) return "";
  std::string list = "<ul class=\"warnings\">\n";
  if (comparison.within_run_only) list += "<li>within-run only: does not cover variation from run to run</li>\n";
  for (const Warning& warning : comparison.warnings)
    list += fmt::format("<li>{}</li>\n", html_escaped(message(warning)));
  return list + "</ul>\n";
}

// Where nothing waited there is no quantile.
std::string p99_text(const SideMeasures& measures) {
  return measures.stats.sums.contentions == 0 ? "–" : format_ns(measures.stats.quantile_ns(0.99));
}

std::string slices_table(const std::vector<SliceComparison>& slices, const char* what) {
  html::Table table(
      {what, "waits before", "after", "wait before", "after", "p99 before", "after", "effect (interval)", "verdict"});
  std::size_t rows = 0;
  for (const SliceComparison& slice : slices) {
    if (slice.before.stats.sums.contentions + slice.after.stats.sums.contentions == 0) continue;
    ++rows;
    table.add({slice.name, format_number(slice.before.contentions_per_unit, 2),
               format_number(slice.after.contentions_per_unit, 2), format_ns(slice.before.wait_ns_per_unit),
               format_ns(slice.after.wait_ns_per_unit), p99_text(slice.before), p99_text(slice.after),
               effect_text(slice), std::string(name_of(slice.verdict))});
  }
  return rows == 0 ? "<p>No waits on either side.</p>\n" : table.html();
}

// Depth first, until `left` nodes are written; children come by size of their change.
void write_stack(const StackNode& node, const StackNode& whole, unsigned depth, std::size_t& left, std::string& html) {
  const bool matters = node.before_ns >= kMinStackShare * std::max(whole.before_ns, whole.after_ns) ||
                       node.after_ns >= kMinStackShare * std::max(whole.before_ns, whole.after_ns);
  if (left == 0 || !matters) return;
  --left;
  const std::string words = fmt::format(
      "{} <span class=\"ns\">{} → {} (<span class=\"{}\">{}</span>)</span>", html_escaped(node.function),
      format_ns(node.before_ns), format_ns(node.after_ns), node.after_ns <= node.before_ns ? "improved" : "regressed",
      delta_text(node.after_ns - node.before_ns));
  if (node.children.empty()) {
    html += fmt::format("<div class=\"leaf\">{}</div>\n", words);
    return;
  }
  html += fmt::format("<details{}><summary>{}</summary>\n", depth < 2 ? " open" : "", words);
  for (const StackNode& child : node.children) write_stack(child, whole, depth + 1, left, html);
  html += "</details>\n";
}

std::string stacks_html(const Comparison& comparison) {
  std::string html;
  std::size_t left = kMaxStackNodes;
  write_stack(comparison.stacks, comparison.stacks, 0, left, html);
  return html;
}

std::string methods(const Comparison& comparison) {
  const Criteria& criteria = comparison.criteria;
  std::string text = fmt::format(
      "<p>Effect: wait per {} after, divided by before; means over the runs of a side. Verdicts need the whole {} "
      "interval beyond ±{} and p (for tables of many rows: q of Benjamini and Hochberg) of at most {:.3g}. ",
      singular_of(comparison.unit), format_percent(criteria.confidence), format_percent(criteria.threshold),
      1 - criteria.confidence);
  text +=
      comparison.within_run_only
          ? fmt::format(
                "With fewer than {} runs on a side, intervals come from a moving-block bootstrap within the "
                "runs: how runs vary is not covered. ",
                kMinRuns)
      : comparison.pairs
          ? "Runs were recorded by turns, so each is compared with its neighbour in time: an interval on the log of "
            "the ratio by Student's t of the pairs, and a permutation test within them; where waits are few, the exact "
            "binomial interval of two rates. "
          : "The run is the sampling unit: an interval on the log of the ratio by Student's t with Welch's degrees "
            "of freedom, and a permutation test; where waits are few, the exact binomial interval of two rates. ";
  text += fmt::format("Rows with fewer than {} waits on both sides together are not tested. Seed {}. ", kMinContentions,
                      criteria.seed);
  return text +
         "Quantiles come from a histogram whose buckets hold them to 1/16. Sums and counts are exact but for the lost "
         "events stated above. Acquisitions are counts of calls of the functions that take these locks; where they "
         "were "
         "not measured, the page says so.</p>\n" +
         (comparison.warnings.empty() ? "<p>No caveats were found.</p>\n" : warnings_list(comparison));
}

std::string level2_sections(const Comparison& comparison, const Taxonomy& taxonomy) {
  std::string sections;
  for (const FigureTable& figures : level2_tables(comparison, taxonomy, true, 0)) {
    html::Table table(figures.titles);
    for (const auto& row : figures.rows) table.add(row);
    sections += html::section(figures.heading, figures.note, figures.rows.empty() ? "" : table.html());
  }
  return sections;
}

}  // namespace

std::string compare_html(const Comparison& comparison, const Taxonomy& taxonomy) {
  const std::string per_unit = fmt::format("per {}", singular_of(comparison.unit));
  std::string body = "<h1>What the change did to what sockets wait for</h1>\n" + verdict_box(comparison);
  if (!comparison.global_lock.empty()) body += html::section("The global lock of TCP", comparison.global_lock, "");
  body += html::section("What was compared", "", sides_table(comparison));
  body += html::section("Warnings", "", warnings_list(comparison));
  body += html::section("Effects",
                        fmt::format("Wait {} after, divided by before, with {} intervals. The band is ±{}, "
                                    "the changes that don't matter.",
                                    per_unit, format_percent(comparison.criteria.confidence),
                                    format_percent(comparison.criteria.threshold)),
                        forest_svg(comparison) + slices_table(comparison.classes, "lock class"));
  body += html::section("Wait by lock class and call path", "Wait " + per_unit + ".",
                        pairs_svg(comparison) + slices_table(comparison.class_paths, "lock class × call path"));
  body += html::section("Connection-table locks by call path",
                        "Contentions and wait " + per_unit + ". " + send_path_answer(comparison),
                        slices_table(comparison.send_path, "call path"));
  body += level2_sections(comparison, taxonomy);
  body += html::section("Where the wait went", "Wait " + per_unit + "; the parts add up to the whole.",
                        waterfall_svg(comparison, taxonomy));
  body += html::section("Wait times",
                        "Share of each side's waits by how long they took (all locks), two bins an octave; below, "
                        "quantiles.",
                        distribution_svg(comparison));
  body += html::section("Time line", "Wait of all locks " + per_unit + ", interval by interval, run behind run.",
                        timeline_svg(comparison));
  body += html::section("Call stacks, before → after",
                        "Wait " + per_unit +
                            " below each function, outermost first, largest change first. Waits without "
                            "a recorded stack are one entry.",
                        stacks_html(comparison));
  body += html::section("Methods and caveats", "", methods(comparison));
  return html::page(fmt::format("socklock: {}", verdict_words(comparison)),
                    body + "<footer>Made by socklock compare.</footer>\n");
}

}  // namespace socklock::analyzer
