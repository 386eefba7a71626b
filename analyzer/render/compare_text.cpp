// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/render/compare_level2.h"
#include "analyzer/render/compare_words.h"
#include "analyzer/render/escape.h"
#include "analyzer/render/text_table.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;
// Lines of the table "where the wait went"; what is smaller is summed up as "the rest".
constexpr std::size_t kMovedRows = 8;

std::string lines(std::string_view text, std::string_view indent, std::string_view begin = "") {
  return wrapped(text, indent, begin, kCommitColumns);
}

std::string side_line(const char* name, const SideSummary& side, WorkUnit unit) {
  std::string text = fmt::format("{} run{}", side.files.size(), side.files.size() == 1 ? "" : "s");
  if (!side.label.empty()) text += fmt::format(" \"{}\"", cut(printable(side.label), 40));
  if (!side.workload.empty()) text += fmt::format(" of {}", workload_text(side));
  text += fmt::format(": {} waits in {:.1f} s", format_count(static_cast<double>(side.contentions)), side.seconds);
  if (unit != WorkUnit::kSeconds)
    text += fmt::format(", {} {} ({}/s)", format_count(side.work), name_of(unit),
                        format_count(std::round(side.work / side.seconds)));
  return lines(text, "        ", fmt::format("{:<8}", name));
}

std::string verdict_text(const Comparison& comparison) {
  std::string text = lines(fmt::format("{}: {}: {}", verdict_words(comparison), comparison.headline.name,
                                       effect_sentence(comparison.headline, comparison)),
                           "  ", "VERDICT ");
  if (const std::string parts = parts_text(comparison); !parts.empty()) text += lines(parts, "    ", "  of which ");
  if (const std::string more = what_would_decide(comparison); !more.empty()) text += lines(more, "  ", "  ");
  if (comparison.pairs) text += "  runs by turns: each is compared with its neighbour in time\n";
  if (comparison.within_run_only) text += "  within-run only: does not cover variation from run to run\n";
  text += lines(fmt::format("{}: {}", name_of(comparison.quiet.verdict), effect_sentence(comparison.quiet, comparison)),
                "  ", comparison.quiet.name + ": ");
  if (comparison.cpu) {
    std::string cpu =
        fmt::format("{} of host CPU time per {} before, {} after: {}×", format_ns(comparison.before.cpu_ns_per_unit),
                    singular_of(comparison.unit), format_ns(comparison.after.cpu_ns_per_unit),
                    format_number(*comparison.cpu->ratio, 3));
    if (comparison.cpu->low)
      cpu += fmt::format(", {} ({})", interval_text(*comparison.cpu), name_of(comparison.cpu_verdict));
    text += lines(cpu, "  ", "CPU: ");
  }
  return text;
}

std::string slices_text(const std::vector<SliceComparison>& slices, const std::string& title, std::size_t limit) {
  TextTable table(
      {{title, kLeft}, {"before", kRight}, {"after", kRight}, {"effect (interval)", kRight}, {"verdict", kLeft}});
  const std::size_t shown = limit == 0 ? slices.size() : std::min(limit, slices.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const SliceComparison& slice = slices[i];
    table.add({slice.name, format_ns(slice.before.wait_ns_per_unit), format_ns(slice.after.wait_ns_per_unit),
               effect_text(slice), std::string(name_of(slice.verdict))});
  }
  std::string text = table.text(kCommitColumns);
  if (shown < slices.size()) text += fmt::format("({} more; --limit 0 shows all)\n", slices.size() - shown);
  return text;
}

std::string tables_by_path_text(const Comparison& comparison) {
  TextTable table(
      {{"call path", kLeft}, {"before", kRight}, {"after", kRight}, {"effect on wait", kRight}, {"verdict", kLeft}});
  bool has_rows = false;
  for (const SliceComparison& row : comparison.send_path) {
    if (row.before.stats.sums.contentions + row.after.stats.sums.contentions == 0) continue;
    has_rows = true;
    table.add({row.name, format_number(row.before.contentions_per_unit, 3),
               format_number(row.after.contentions_per_unit, 3), effect_text(row), std::string(name_of(row.verdict))});
  }
  return fmt::format("Connection-table locks by call path: contentions per {}\n", singular_of(comparison.unit)) +
         (has_rows ? table.text(kCommitColumns) : "  no waits on either side\n") +
         lines(send_path_answer(comparison), "  ", "  ");
}

std::string level2_text(const Comparison& comparison, const Taxonomy& taxonomy, std::size_t limit) {
  std::string text;
  for (const FigureTable& figures : level2_tables(comparison, taxonomy, false, limit)) {
    if (!figures.rows.empty()) {
      std::vector<TextTable::Column> columns;
      for (const std::string& title : figures.titles) columns.push_back({title, kRight});
      columns.front().align = kLeft;
      TextTable table(columns);
      for (const auto& row : figures.rows) table.add(row);
      text += table.text(kCommitColumns);
    }
    if (figures.more > 0) text += fmt::format("({} more; --limit 0 shows all)\n", figures.more);
    if (!figures.note.empty()) text += lines(printable(figures.note), "  ");
    text += figures.rows.empty() ? "" : "\n";
  }
  return text;
}

std::string moved_text(const Comparison& comparison, const Taxonomy& taxonomy) {
  TextTable table({{"where the wait went", kLeft},
                   {"before", kRight},
                   {"after", kRight},
                   {"change", kRight},
                   {"mostly in", kLeft}});
  double rest_before = 0, rest_after = 0, before = 0, after = 0;
  for (std::size_t i = 0; i < comparison.moved.size(); ++i) {
    const MovedWait& moved = comparison.moved[i];
    before += moved.before_ns;
    after += moved.after_ns;
    if (i >= kMovedRows) {
      rest_before += moved.before_ns;
      rest_after += moved.after_ns;
      continue;
    }
    const auto largest = std::max_element(moved.paths.begin(), moved.paths.end(), [](const auto& a, const auto& b) {
      return std::abs(a.after_ns - a.before_ns) < std::abs(b.after_ns - b.before_ns);
    });
    table.add({taxonomy.at(moved.lock_class).name, format_ns(moved.before_ns), format_ns(moved.after_ns),
               delta_text(moved.after_ns - moved.before_ns),
               largest == moved.paths.end()
                   ? ""
                   : fmt::format("{} {}", name_of(largest->path), delta_text(largest->after_ns - largest->before_ns))});
  }
  if (comparison.moved.size() > kMovedRows)
    table.add({fmt::format("the rest ({} classes)", comparison.moved.size() - kMovedRows), format_ns(rest_before),
               format_ns(rest_after), delta_text(rest_after - rest_before), ""});
  table.add({"all locks", format_ns(before), format_ns(after), delta_text(after - before), ""});
  return table.text(kCommitColumns);
}

}  // namespace

std::string compare_text(const Comparison& comparison, const Taxonomy& taxonomy, std::size_t limit) {
  std::string text = comparison.global_lock.empty() ? "" : lines(comparison.global_lock, "  ") + "\n";
  text +=
      side_line("before", comparison.before, comparison.unit) + side_line("after", comparison.after, comparison.unit);
  for (const Warning& warning : comparison.warnings) text += lines(printable(message(warning)), "  ", "warning: ");
  text += "\n" + verdict_text(comparison) + "\n";
  text += slices_text(comparison.classes, fmt::format("wait per {}", singular_of(comparison.unit)), limit) + "\n";
  text += tables_by_path_text(comparison) + "\n";
  text += level2_text(comparison, taxonomy, limit) + "\n";
  text += moved_text(comparison, taxonomy);
  if (const std::string fates = fates_text(comparison, taxonomy); !fates.empty())
    text += lines(printable(fates), "  ", "  ");
  return text;
}

}  // namespace socklock::analyzer
