// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/compare_level2.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analyzer/render/json_values.h"
#include "analyzer/render/level2.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

// What was not measured, on which side and why; empty when all was.
std::string why_not(const std::string& what, const std::string& before, const std::string& after) {
  if (before.empty() && after.empty()) return "";
  if (before == after) return fmt::format("{}: not measured ({})", what, before);
  if (after.empty()) return fmt::format("{}: not measured before ({})", what, before);
  if (before.empty()) return fmt::format("{}: not measured after ({})", what, after);
  return fmt::format("{}: not measured before ({}), nor after ({})", what, before, after);
}

std::string per_unit_text(const std::optional<AcquiredSide>& side) {
  if (!side) return "not measured";
  return (side->at_least ? "≥ " : "") + format_number(side->per_unit, 3);
}

std::string effect_text(const AcquiredComparison& row) { return row.ratio ? fmt::format("{:.3g}×", *row.ratio) : ""; }

std::string interval_text(const AcquiredComparison& row) {
  return row.interval ? fmt::format("{:.3g}..{:.3g}", row.interval->low, row.interval->high) : "";
}

std::string contended_text(const std::optional<AcquiredSide>& side) {
  return side ? ratio_text(side->contention_ratio, side->at_least) : "not measured";
}

FigureTable acquired_table(const Comparison& comparison, const Taxonomy& taxonomy, bool by_path, bool details) {
  FigureTable table;
  table.heading = by_path ? "Acquisitions by call path" : "Acquisitions";
  table.titles = {fmt::format("acquired per {}", singular_of(comparison.unit)), "before", "after", "effect"};
  if (details) table.titles.emplace_back("interval");
  table.titles.insert(table.titles.end(), {"contended", "after"});
  for (const AcquiredComparison& row : comparison.acquired.rows) {
    if (row.path.has_value() != by_path) continue;
    auto& cells = table.rows.emplace_back();
    cells = {class_name(taxonomy, row.lock_class, row.path), per_unit_text(row.before), per_unit_text(row.after),
             effect_text(row)};
    if (details) cells.push_back(interval_text(row));
    cells.insert(cells.end(), {contended_text(row.before), contended_text(row.after)});
  }
  if (!by_path)
    table.note = why_not("acquisitions, contention ratio", comparison.acquired.before_why_not,
                         comparison.acquired.after_why_not);
  return table;
}

FigureTable held_table(const Comparison& comparison, const Taxonomy& taxonomy, bool by_path) {
  FigureTable table;
  table.heading = by_path ? "Hold times by call path" : "Hold times";
  table.titles = {"hold time", "mean before", "after", "p99 before", "after"};
  const auto figures = [](const std::optional<HoldStats>& stats) {
    if (!stats) return std::pair<std::string, std::string>{"–", "–"};
    return std::pair{format_ns(stats->holds.mean_ns()),
                     stats->holds.knows_lengths() ? format_ns(stats->holds.quantile_ns(0.99)) : "–"};
  };
  for (const HeldComparison& row : comparison.held.rows) {
    if (row.path.has_value() != by_path) continue;
    const auto before = figures(row.before), after = figures(row.after);
    table.rows.push_back(
        {class_name(taxonomy, row.lock_class, row.path), before.first, after.first, before.second, after.second});
  }
  if (!by_path)
    table.note = why_not("hold times and holders", comparison.held.before_why_not, comparison.held.after_why_not);
  return table;
}

FigureTable holder_table(const Comparison& comparison, bool of_table) {
  FigureTable table;
  table.heading = of_table ? "Who held the table's lock: waiter × holder" : "Who held the socket: waiter × holder";
  table.titles = {
      fmt::format("waits for {}, per {}", of_table ? "a bucket's lock" : "the owner", singular_of(comparison.unit)),
      "before", "after", "share before", "after"};
  const auto holders = holders_of(comparison.held, of_table);
  double before = 0, after = 0;
  for (const HolderComparison& row : holders) {
    before += row.before_ns;
    after += row.after_ns;
  }
  const auto share = [](double part, double whole) {
    return whole > 0 ? format_percent(part / whole) : std::string("–");
  };
  for (const HolderComparison& row : holders)
    table.rows.push_back({fmt::format("{} waits for {}", analyzer::name_of(row.waiter),
                                      row.holder ? std::string(analyzer::name_of(*row.holder)) : "(not known)"),
                          format_ns(row.before_ns), format_ns(row.after_ns), share(row.before_ns, before),
                          share(row.after_ns, after)});
  return table;
}

Json acquired_side_json(const std::optional<AcquiredSide>& side) {
  if (!side) return nullptr;
  return {{"acquisitions", side->acquisitions},
          {"per_unit", side->per_unit},
          {"at_least", side->at_least},
          {"contentions", side->contentions},
          {"contention_ratio", or_null(side->contention_ratio)}};
}

Json held_side_json(const std::optional<HoldStats>& stats) {
  if (!stats) return nullptr;
  const auto quantile = [&](double q) {
    return stats->holds.knows_lengths() ? Json(stats->holds.quantile_ns(q)) : Json();
  };
  return {{"samples", stats->samples},
          {"holds", stats->holds.sums.contentions},
          {"hold_ns", stats->holds.sums.wait_ns},
          {"mean_ns", stats->holds.mean_ns()},
          {"p50_ns", quantile(0.5)},
          {"p99_ns", quantile(0.99)},
          {"max_ns", stats->holds.sums.wait_max_ns},
          {"backlog_ns", stats->backlog_ns}};
}

}  // namespace

std::vector<FigureTable> level2_tables(const Comparison& comparison, const Taxonomy& taxonomy, bool details,
                                       std::size_t limit) {
  std::vector<FigureTable> tables;
  for (const bool by_path : {false, true})
    if (!by_path || details) tables.push_back(acquired_table(comparison, taxonomy, by_path, details));
  for (const bool by_path : {false, true})
    if (!by_path || details) tables.push_back(held_table(comparison, taxonomy, by_path));
  for (const bool of_table : {false, true}) tables.push_back(holder_table(comparison, of_table));
  tables.erase(std::remove_if(tables.begin(), tables.end(),
                              [](const FigureTable& table) { return table.rows.empty() && table.note.empty(); }),
               tables.end());
  for (FigureTable& table : tables) table.cut(limit);
  return tables;
}

Json acquired_json(const Comparison& comparison, const Taxonomy& taxonomy) {
  const AcquiredResult& acquired = comparison.acquired;
  Json document{{"before_measured", acquired.before_why_not.empty()},
                {"before_reason", acquired.before_why_not},
                {"after_measured", acquired.after_why_not.empty()},
                {"after_reason", acquired.after_why_not},
                {"by_class_path", Json::array()}};
  for (const AcquiredComparison& row : acquired.rows)
    document["by_class_path"].push_back({{"class", taxonomy.at(row.lock_class).name},
                                         {"role", analyzer::name_of(taxonomy.at(row.lock_class).role)},
                                         {"path", row.path ? Json(analyzer::name_of(*row.path)) : Json(nullptr)},
                                         {"before", acquired_side_json(row.before)},
                                         {"after", acquired_side_json(row.after)},
                                         {"ratio", or_null(row.ratio)},
                                         {"low", row.interval ? Json(row.interval->low) : Json(nullptr)},
                                         {"high", row.interval ? Json(row.interval->high) : Json(nullptr)}});
  return document;
}

Json held_json(const Comparison& comparison, const Taxonomy& taxonomy) {
  const HeldResult& held = comparison.held;
  Json document{{"before_measured", held.before_why_not.empty()},
                {"before_reason", held.before_why_not},
                {"after_measured", held.after_why_not.empty()},
                {"after_reason", held.after_why_not},
                {"by_class_path", Json::array()}};
  for (const HeldComparison& row : held.rows)
    document["by_class_path"].push_back({{"class", taxonomy.at(row.lock_class).name},
                                         {"role", analyzer::name_of(taxonomy.at(row.lock_class).role)},
                                         {"path", row.path ? Json(analyzer::name_of(*row.path)) : Json(nullptr)},
                                         {"before", held_side_json(row.before)},
                                         {"after", held_side_json(row.after)}});
  return document;
}

Json holders_json(const Comparison& comparison) {
  Json document = Json::array();
  for (const HolderComparison& row : comparison.held.holders)
    document.push_back({{"lock", row.of_table ? "table" : "socket"},
                        {"waiter_path", analyzer::name_of(row.waiter)},
                        {"holder_path", row.holder ? Json(analyzer::name_of(*row.holder)) : Json(nullptr)},
                        {"before_ns_per_unit", row.before_ns},
                        {"after_ns_per_unit", row.after_ns},
                        {"before_waits_per_unit", row.before_waits},
                        {"after_waits_per_unit", row.after_waits}});
  return document;
}

const AcquiredComparison* find_acquired(const Comparison& comparison, ClassId lock_class,
                                        std::optional<CallPath> path) {
  const auto& rows = comparison.acquired.rows;
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const AcquiredComparison& row) {
    return row.lock_class == lock_class && row.path == path;
  });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace socklock::analyzer
