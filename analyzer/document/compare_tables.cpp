// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/document/compare.h"
#include "analyzer/document/words.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// Lines of the table "where the wait went"; what is smaller is summed up as "the rest".
constexpr std::size_t kMovedRows = 8;

struct SideColumns {
  const char* id;
  const char* title;
  const SideMeasures SliceComparison::*measures;
  const SideSummary Comparison::*summary;
};

std::vector<SideColumns> sides_of(const Comparison& comparison) {
  std::vector<SideColumns> sides{{"before", "before", &SliceComparison::before, &Comparison::before}};
  if (!comparison.after.files.empty()) sides.push_back({"after", "after", &SliceComparison::after, &Comparison::after});
  return sides;
}

// Text has one measure, which is in the title of the table; elsewhere "after" stands beside its "before".
std::string title_of(const SliceMeasure& measure, const SideColumns& side, bool is_first, std::size_t sides,
                     Detail detail) {
  if (sides == 1) return measure.column.title;
  if (detail == Detail::kLines || (!is_first && detail < Detail::kScreen)) return side.title;
  return fmt::format("{} {}", measure.column.title, side.title);
}

Column side_column(const SliceMeasure& measure, const SideColumns& side, std::string title) {
  Column column = measure.column;
  column.id = fmt::format("{}_{}", side.id, measure.column.id);
  column.title = std::move(title);
  return column;
}

Figure effect_figure(const SliceComparison& slice) {
  if (!has_waits(slice)) return Figure::not_measured("nothing waited on either side");
  return Figure::words(effect_text(slice)).ranked(slice.effect.ratio.value_or(HUGE_VAL));
}

Figure significance_figure(const SliceComparison& slice) {
  return Figure::maybe(slice.effect.q ? slice.effect.q : slice.effect.p, Unit::kNumber, "not tested");
}

// What a comparison says beyond the measures of both sides.
struct EffectColumn {
  Column column;
  Figure (*figure)(const SliceComparison& slice);
};

std::vector<EffectColumn> effect_columns(Detail detail, WorkUnit unit) {
  const auto effect =
      fmt::format("Wait per {} after, divided by before, with its confidence interval.", singular_of(unit));
  std::vector<EffectColumn> columns;
  if (detail == Detail::kScreen)
    columns.push_back(
        {{"change_ns", "change", "Wait divided by work after, minus before. Rows add up to the whole.", Unit::kNs},
         [](const SliceComparison& slice) {
           return Figure::words(delta_text(slice.delta_ns())).ranked(slice.delta_ns());
         }});
  columns.push_back({{"effect", "effect (interval)", effect, Unit::kNone}, effect_figure});
  columns.push_back({{"verdict", "verdict",
                      "Improved or regressed: the whole interval lies beyond the threshold, and q is small enough.",
                      Unit::kNone, Align::kLeft},
                     [](const SliceComparison& slice) { return verdict_figure(slice.verdict); }});
  if (detail == Detail::kScreen)
    columns.push_back(
        {{"q", "q", "Share of false finds among rows with a value as small as this (Benjamini and Hochberg).",
          Unit::kNumber},
         significance_figure});
  return columns;
}

Figure role_figure(const SliceComparison& slice) { return slice.role ? Figure::term(name_of(*slice.role)) : Figure(); }

void add_moved_row(Table& table, std::string name, double before_ns, double after_ns, Figure last) {
  table.rows.push_back({Figure::words(std::move(name)), Figure::of(before_ns, Unit::kNs),
                        Figure::of(after_ns, Unit::kNs),
                        Figure::words(delta_text(after_ns - before_ns)).ranked(after_ns - before_ns), std::move(last)});
}

// The call path that changed most, and by how much.
Figure mostly_in(const MovedWait& moved) {
  const auto largest = std::max_element(moved.paths.begin(), moved.paths.end(), [](const auto& a, const auto& b) {
    return std::abs(a.after_ns - a.before_ns) < std::abs(b.after_ns - b.before_ns);
  });
  if (largest == moved.paths.end()) return {};
  return Figure::words(
      fmt::format("{} {}", name_of(largest->path), delta_text(largest->after_ns - largest->before_ns)));
}

// What the side's runs are recordings of.
std::string recorded_of(const SideSummary& side) {
  if (!side.workload.empty()) return "of " + workload_text(side);
  return side.origin.empty() ? "of a live host" : "imported by " + side.origin;
}

}  // namespace

bool has_waits(const SliceComparison& slice) {
  return slice.before.stats.sums.contentions + slice.after.stats.sums.contentions > 0;
}

SliceValues values_of(const SideMeasures& measures, const SideSummary& side) {
  return {.stats = measures.stats,
          .knows_distribution = side.knows_distribution,
          .knows_run_delay = side.knows_run_delay,
          .contentions_per_unit = measures.contentions_per_unit,
          .wait_ns_per_unit = measures.wait_ns_per_unit,
          .wait_share = measures.wait_share};
}

Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kImproved: return Tone::kBetter;
    case Verdict::kRegressed: return Tone::kWorse;
    case Verdict::kUnchanged: return Tone::kSame;
    case Verdict::kInconclusive: return Tone::kUnclear;
    // No verdict has none's colour.
    case Verdict::kDiffers:
    case Verdict::kNotJudged: break;
  }
  return Tone::kPlain;
}

Figure verdict_figure(Verdict verdict) {
  return Figure::term(name_of(verdict)).toned(tone_of(verdict)).ranked(static_cast<double>(verdict));
}

Table slices_table(std::span<const SliceComparison> slices, const Comparison& comparison, std::string title,
                   Detail detail, const std::vector<const SliceMeasure*>& measures) {
  const auto sides = sides_of(comparison);
  const auto effects = sides.size() > 1 ? effect_columns(detail, comparison.unit) : std::vector<EffectColumn>{};
  Table table;
  table.columns.push_back(
      {"name", std::move(title), "What the waits of a row have in common.", Unit::kNone, Align::kLeft});
  if (detail == Detail::kScreen)
    table.columns.push_back(
        {"role", "role", "What locks of different kernels have in common.", Unit::kNone, Align::kLeft});
  for (const SliceMeasure* measure : measures)
    for (const SideColumns& side : sides)
      table.columns.push_back(
          side_column(*measure, side, title_of(*measure, side, &side == &sides.front(), sides.size(), detail)));
  for (const EffectColumn& effect : effects) table.columns.push_back(effect.column);
  for (const SliceComparison& slice : slices) {
    // The viewer counts on a row for each slice.
    if (detail < Detail::kScreen && !has_waits(slice)) continue;
    auto& row = table.rows.emplace_back();
    row.push_back(Figure::words(slice.name));
    if (detail == Detail::kScreen) row.push_back(role_figure(slice));
    for (const SliceMeasure* measure : measures)
      for (const SideColumns& side : sides)
        row.push_back(measure->figure(values_of(slice.*side.measures, comparison.*side.summary)));
    for (const EffectColumn& effect : effects) row.push_back(effect.figure(slice));
  }
  return table;
}

Table slices_table(std::span<const SliceComparison> slices, const Comparison& comparison, std::string title,
                   Detail detail) {
  return slices_table(slices, comparison, std::move(title), detail, slice_measures_at(side_places(detail)));
}

Table sides_table(const Comparison& comparison) {
  Table table;
  table.id = "sides";
  table.columns = {
      {"side", "side", "", Unit::kNone, Align::kLeft},
      {"runs", "runs", "Recordings.", Unit::kCount},
      {"seconds", "recorded", "Of all runs together.", Unit::kNs},
      {"contentions", "waits", slice_measure("contentions").column.definition, Unit::kCount},
      {"work", std::string(name_of(comparison.unit)), "Work done: what figures are divided by.", Unit::kCount},
      {"lost", "lost", "Events that are in no record.", Unit::kCount}};
  for (const auto& [name, side] : {std::pair{"before", &comparison.before}, {"after", &comparison.after}})
    table.rows.push_back(
        {Figure::words(fmt::format("{}{} {}", name, side->label.empty() ? "" : fmt::format(" “{}”", side->label),
                                   recorded_of(*side))),
         Figure::count(side->files.size()), Figure::words(fmt::format("{:.1f} s", side->seconds)).ranked(side->seconds),
         Figure::count(side->contentions),
         Figure::words(comparison.unit == WorkUnit::kSeconds ? fmt::format("{:.1f}", side->work)
                                                             : format_count(side->work))
             .ranked(side->work),
         Figure::count(side->lost)});
  return table;
}

Table moved_table(const Comparison& comparison, const Taxonomy& taxonomy, Detail detail) {
  const bool is_brief = detail == Detail::kLines;
  Table table;
  table.id = "moved";
  table.columns = {{"class", is_brief ? "where the wait went" : "lock class", "", Unit::kNone, Align::kLeft},
                   {"before_ns", "before", slice_measure("wait_ns_per_unit").column.definition, Unit::kNs},
                   {"after_ns", "after", slice_measure("wait_ns_per_unit").column.definition, Unit::kNs},
                   {"delta_ns", "change", "After minus before.", Unit::kNs}};
  if (is_brief)
    table.columns.push_back({"paths", "mostly in", "The call path that changed most.", Unit::kNone, Align::kLeft});
  else
    table.columns.push_back({"fate", "what became of it", "Whether what fell is gone or waits at another lock.",
                             Unit::kNone, Align::kLeft});
  double rest_before = 0, rest_after = 0, before = 0, after = 0;
  for (std::size_t i = 0; i < comparison.moved.size(); ++i) {
    const MovedWait& moved = comparison.moved[i];
    before += moved.before_ns;
    after += moved.after_ns;
    if (is_brief && i >= kMovedRows) {
      rest_before += moved.before_ns;
      rest_after += moved.after_ns;
      continue;
    }
    add_moved_row(table, taxonomy.at(moved.lock_class).name, moved.before_ns, moved.after_ns,
                  is_brief ? mostly_in(moved) : Figure::term(name_of(moved.fate)));
  }
  if (!is_brief) return table;
  if (comparison.moved.size() > kMovedRows)
    add_moved_row(table, fmt::format("the rest ({} classes)", comparison.moved.size() - kMovedRows), rest_before,
                  rest_after, {});
  add_moved_row(table, "all locks", before, after, {});
  return table;
}

}  // namespace socklock::analyzer
