// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/compared_acquisitions_and_holds.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/document/acquisitions_and_holds.h"
#include "analyzer/document/slice_columns.h"
#include "analyzer/document/words.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// What was not measured, on which side and why; empty when all was.
std::string why_not(const std::string& what, const std::string& before, const std::string& after) {
  if (before.empty() && after.empty()) return "";
  if (before == after) return fmt::format("{}: not measured ({})", what, before);
  if (after.empty()) return fmt::format("{}: not measured before ({})", what, before);
  if (before.empty()) return fmt::format("{}: not measured after ({})", what, after);
  return fmt::format("{}: not measured before ({}), nor after ({})", what, before, after);
}

Figure per_unit_figure(const std::optional<AcquiredSide>& side, const std::string& why_not) {
  if (!side) return Figure::not_measured(why_not);
  return Figure::of(side->per_unit, Unit::kNumber).bounded(side->at_least ? Bound::kAtLeast : Bound::kNone);
}

Figure contended_figure(const std::optional<AcquiredSide>& side, const std::string& why_not) {
  if (!side) return Figure::not_measured(why_not);
  if (!side->contention_ratio) return Figure::not_measured("waits for this lock can't be seen");
  return Figure::of(*side->contention_ratio, Unit::kShare)
      .bounded(side->at_least && *side->contention_ratio > 0 ? Bound::kAtMost : Bound::kNone);
}

Figure effect_figure(const AcquiredComparison& row) {
  return row.ratio ? Figure::of(*row.ratio, Unit::kTimes) : Figure();
}

Figure interval_figure(const AcquiredComparison& row) {
  if (!row.interval) return {};
  return Figure::words(range_text(row.interval->low, row.interval->high, 3));
}

// Of acquisitions before and after; text has no room for the interval.
std::vector<Column> acquired_columns(const Comparison& comparison, Detail detail) {
  std::vector<Column> columns{
      names_column(fmt::format("acquired per {}", singular_of(comparison.unit))),
      {"before_acquisitions_per_unit", "before", slice_measure("acquisitions_per_unit").column.definition,
       Unit::kNumber},
      {"after_acquisitions_per_unit", "after", slice_measure("acquisitions_per_unit").column.definition, Unit::kNumber},
      {"ratio", "effect", "Acquisitions per unit of work after, divided by before.", Unit::kTimes}};
  if (detail > Detail::kLines)
    columns.push_back({"interval", "interval", "Confidence interval of the effect.", Unit::kNone});
  for (const auto& [id, title] :
       {std::pair{"before_contention_ratio", "contended"}, {"after_contention_ratio", "after"}})
    columns.push_back({id, title, slice_measure("contention_ratio").column.definition, Unit::kShare});
  return columns;
}

Table acquired_table(const Comparison& comparison, const Taxonomy& taxonomy, bool by_path, Detail detail) {
  const AcquiredResult& acquired = comparison.acquired;
  Table table;
  table.id = by_path ? "acquisitions_by_path" : "acquisitions";
  table.heading = by_path ? "Acquisitions by call path" : "Acquisitions";
  table.columns = acquired_columns(comparison, detail);
  for (const AcquiredComparison& row : acquired.rows) {
    if (row.path.has_value() != by_path) continue;
    auto& cells = table.rows.emplace_back();
    cells = {Figure::words(class_name(taxonomy, row.lock_class, row.path)),
             per_unit_figure(row.before, acquired.before_why_not), per_unit_figure(row.after, acquired.after_why_not),
             effect_figure(row)};
    if (detail > Detail::kLines) cells.push_back(interval_figure(row));
    cells.push_back(contended_figure(row.before, acquired.before_why_not));
    cells.push_back(contended_figure(row.after, acquired.after_why_not));
  }
  if (!by_path) table.note = why_not("acquisitions, contention ratio", acquired.before_why_not, acquired.after_why_not);
  return table;
}

Figure hold_figure(const std::optional<HoldStats>& stats, const std::string& why_not,
                   Figure (*figure)(const HoldStats&)) {
  if (!stats) return Figure::not_measured(why_not.empty() ? "no such hold was timed" : why_not);
  return figure(*stats);
}

Table held_table(const Comparison& comparison, const Taxonomy& taxonomy, bool by_path) {
  const HeldResult& held = comparison.held;
  Table table;
  table.id = by_path ? "holds_by_path" : "holds";
  table.heading = by_path ? "Hold times by call path" : "Hold times";
  table.columns = {names_column("hold time"),
                   {"before_mean_ns", "mean before", "Mean hold time.", Unit::kNs},
                   {"after_mean_ns", "after", "Mean hold time.", Unit::kNs},
                   {"before_p99_ns", "p99 before", "99 of 100 holds were shorter.", Unit::kNs},
                   {"after_p99_ns", "after", "99 of 100 holds were shorter.", Unit::kNs}};
  const auto mean = [](const HoldStats& stats) { return Figure::of(stats.holds.mean_ns(), Unit::kNs); };
  const auto p99 = [](const HoldStats& stats) { return hold_quantile(stats, 0.99); };
  for (const HeldComparison& row : held.rows) {
    if (row.path.has_value() != by_path) continue;
    table.rows.push_back(
        {Figure::words(class_name(taxonomy, row.lock_class, row.path)),
         hold_figure(row.before, held.before_why_not, mean), hold_figure(row.after, held.after_why_not, mean),
         hold_figure(row.before, held.before_why_not, p99), hold_figure(row.after, held.after_why_not, p99)});
  }
  if (!by_path) table.note = why_not("hold times and holders", held.before_why_not, held.after_why_not);
  return table;
}

Table holder_table(const Comparison& comparison, bool of_table) {
  Table table;
  table.id = of_table ? "table_holders" : "socket_holders";
  table.heading = of_table ? "Who held the table's lock: waiter × holder" : "Who held the socket: waiter × holder";
  table.columns = {names_column(fmt::format("waits for {}, per {}", of_table ? "a bucket's lock" : "the owner",
                                            singular_of(comparison.unit))),
                   {"before_ns", "before", "Wait divided by work.", Unit::kNs},
                   {"after_ns", "after", "Wait divided by work.", Unit::kNs},
                   {"before_share", "share before", "Of the wait in this table.", Unit::kShare},
                   {"after_share", "after", "Of the wait in this table.", Unit::kShare}};
  const auto holders = holders_of(comparison.held, of_table);
  double before = 0, after = 0;
  for (const HolderComparison& row : holders) {
    before += row.before_ns;
    after += row.after_ns;
  }
  for (const HolderComparison& row : holders)
    table.rows.push_back({Figure::words(waits_for_text(row.waiter, row.holder)), Figure::of(row.before_ns, Unit::kNs),
                          Figure::of(row.after_ns, Unit::kNs), Figure::share(row.before_ns, before),
                          Figure::share(row.after_ns, after)});
  return table;
}

Value acquired_side_data(const std::optional<AcquiredSide>& side) {
  if (!side) return {};
  return Value::Object{{"acquisitions", side->acquisitions},
                       {"per_unit", side->per_unit},
                       {"at_least", side->at_least},
                       {"contentions", side->contentions},
                       {"contention_ratio", side->contention_ratio}};
}

Value held_side_data(const std::optional<HoldStats>& stats) {
  if (!stats) return {};
  return Value::Object{{"samples", stats->samples},
                       {"holds", stats->holds.sums.contentions},
                       {"hold_ns", stats->holds.sums.wait_ns},
                       {"mean_ns", stats->holds.mean_ns()},
                       {"p50_ns", hold_quantile(*stats, 0.5)},
                       {"p99_ns", hold_quantile(*stats, 0.99)},
                       {"max_ns", stats->holds.sums.wait_max_ns},
                       {"backlog_ns", stats->backlog_ns}};
}

// Of results that say why they were not measured on a side.
template <typename Result>
Value measured_data(const Result& result) {
  return Value::Object{{"before_measured", result.before_why_not.empty()},
                       {"before_reason", result.before_why_not},
                       {"after_measured", result.after_why_not.empty()},
                       {"after_reason", result.after_why_not}};
}

}  // namespace

std::vector<Table> acquisition_and_hold_tables(const Comparison& comparison, const Taxonomy& taxonomy, Detail detail,
                                               std::size_t limit) {
  const bool details = detail > Detail::kLines;
  std::vector<Table> tables;
  for (const bool by_path : {false, true})
    if (!by_path || details) tables.push_back(acquired_table(comparison, taxonomy, by_path, detail));
  for (const bool by_path : {false, true})
    if (!by_path || details) tables.push_back(held_table(comparison, taxonomy, by_path));
  for (const bool of_table : {false, true}) tables.push_back(holder_table(comparison, of_table));
  std::erase_if(tables, [](const Table& table) { return table.rows.empty() && table.note.empty(); });
  for (Table& table : tables) table.cut_rows(limit);
  return tables;
}

Value acquired_data(const Comparison& comparison, const Taxonomy& taxonomy) {
  Value data = measured_data(comparison.acquired);
  data.add("by_class_path", list_of(comparison.acquired.rows, [&taxonomy](const AcquiredComparison& row) {
             return Value::Object{{"class", taxonomy.at(row.lock_class).name},
                                  {"role", analyzer::name_of(taxonomy.at(row.lock_class).role)},
                                  {"path", path_data(row.path)},
                                  {"before", acquired_side_data(row.before)},
                                  {"after", acquired_side_data(row.after)},
                                  {"ratio", row.ratio},
                                  {"low", row.interval ? Value(row.interval->low) : Value()},
                                  {"high", row.interval ? Value(row.interval->high) : Value()}};
           }));
  return data;
}

Value held_data(const Comparison& comparison, const Taxonomy& taxonomy) {
  Value data = measured_data(comparison.held);
  data.add("by_class_path", list_of(comparison.held.rows, [&taxonomy](const HeldComparison& row) {
             return Value::Object{{"class", taxonomy.at(row.lock_class).name},
                                  {"role", analyzer::name_of(taxonomy.at(row.lock_class).role)},
                                  {"path", path_data(row.path)},
                                  {"before", held_side_data(row.before)},
                                  {"after", held_side_data(row.after)}};
           }));
  return data;
}

Value holders_data(const Comparison& comparison) {
  return list_of(comparison.held.holders, [](const HolderComparison& row) {
    return Value::Object{{"lock", row.of_table ? "table" : "socket"}, {"waiter_path", analyzer::name_of(row.waiter)},
                         {"holder_path", path_data(row.holder)},      {"before_ns_per_unit", row.before_ns},
                         {"after_ns_per_unit", row.after_ns},         {"before_waits_per_unit", row.before_waits},
                         {"after_waits_per_unit", row.after_waits}};
  });
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
