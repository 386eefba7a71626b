// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "analyzer/render/compare_level2.h"
#include "analyzer/render/compare_text.h"
#include "analyzer/render/compare_words.h"
#include "analyzer/render/escape.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string slices_md(const std::vector<SliceComparison>& slices, const char* what, std::size_t limit) {
  std::string text = fmt::format(
      "| {} | waits before | after | wait before | after | effect (interval) | verdict |\n"
      "|:--|--:|--:|--:|--:|--:|:--|\n",
      what);
  std::size_t rows = 0;
  for (const SliceComparison& slice : slices) {
    if (slice.before.stats.sums.contentions + slice.after.stats.sums.contentions == 0) continue;
    if (limit != 0 && rows++ >= limit) continue;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", markdown_escaped(slice.name),
                        format_number(slice.before.contentions_per_unit, 3),
                        format_number(slice.after.contentions_per_unit, 3), format_ns(slice.before.wait_ns_per_unit),
                        format_ns(slice.after.wait_ns_per_unit), effect_text(slice), name_of(slice.verdict));
  }
  if (limit != 0 && rows > limit) text += fmt::format("\n{} more; `--limit 0` shows all\n", rows - limit);
  return text + "\n";
}

std::string side_md(const char* name, const SideSummary& side, WorkUnit unit) {
  return fmt::format("- {}: {} runs {}, {:.1f} s, {} waits, {} {}, {} lost\n", name, side.files.size(),
                     markdown_escaped(cut(side.label, 40) + " " + workload_text(side)), side.seconds,
                     format_count(static_cast<double>(side.contentions)), format_count(side.work), name_of(unit),
                     format_count(static_cast<double>(side.lost)));
}

}  // namespace

std::string compare_md(const Comparison& comparison, const Taxonomy& taxonomy, std::size_t limit) {
  std::string text = fmt::format("## socklock: **{}**\n\n{}: {}\n\n", verdict_words(comparison),
                                 comparison.headline.name, effect_sentence(comparison.headline, comparison));
  if (!comparison.global_lock.empty()) text = markdown_escaped(comparison.global_lock) + "\n\n" + text;
  if (const std::string more = what_would_decide(comparison); !more.empty()) text += more + "\n\n";
  if (const std::string parts = parts_text(comparison); !parts.empty()) text += fmt::format("Of which {}\n\n", parts);
  text += fmt::format("{}: {}: {}\n\n", comparison.quiet.name, name_of(comparison.quiet.verdict),
                      effect_sentence(comparison.quiet, comparison));
  text += side_md("before", comparison.before, comparison.unit) + side_md("after", comparison.after, comparison.unit);
  if (comparison.within_run_only) text += "- ⚠ within-run only: does not cover variation from run to run\n";
  for (const Warning& warning : comparison.warnings) text += "- ⚠ " + markdown_escaped(message(warning)) + "\n";
  text += fmt::format("\n### Per {}\n\n", singular_of(comparison.unit));
  text += slices_md(comparison.classes, "lock class", limit);
  text += slices_md(comparison.class_paths, "lock class × call path", limit);
  text += "### Connection-table locks by call path\n\n" + markdown_escaped(send_path_answer(comparison)) + "\n\n" +
          slices_md(comparison.send_path, "call path", 0);
  for (const FigureTable& table : level2_tables(comparison, taxonomy, true, limit)) {
    text += fmt::format("### {}\n\n", table.heading);
    if (!table.note.empty()) text += markdown_escaped(table.note) + "\n\n";
    if (table.rows.empty()) continue;
    text += fmt::format("| {} |\n|:--|", fmt::join(table.titles, " | "));
    for (std::size_t i = 1; i < table.titles.size(); ++i) text += "--:|";
    text += "\n";
    for (auto row : table.rows) {
      row.front() = markdown_escaped(row.front());
      text += fmt::format("| {} |\n", fmt::join(row, " | "));
    }
    text += table.more > 0 ? fmt::format("\n{} more; `--limit 0` shows all\n\n", table.more) : "\n";
  }
  text += "### Where the wait went\n\n| lock class | before | after | change | |\n|:--|--:|--:|--:|:--|\n";
  for (const MovedWait& moved : comparison.moved)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", markdown_escaped(taxonomy.at(moved.lock_class).name),
                        format_ns(moved.before_ns), format_ns(moved.after_ns),
                        delta_text(moved.after_ns - moved.before_ns), name_of(moved.fate));
  return text;
}

}  // namespace socklock::analyzer
