// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison for programs: one flat table, and everything as keys and values.
#include "analyzer/document/compare.h"
#include "analyzer/document/compared_acquisitions_and_holds.h"
#include "analyzer/document/words.h"

namespace socklock::analyzer {
namespace {

Value effect_data(const Effect& effect) {
  return Value::Object{{"ratio", effect.ratio}, {"low", effect.low}, {"high", effect.high},
                       {"p", effect.p},         {"q", effect.q},     {"runs_to_decide", effect.runs_more}};
}

Value measures_data(const SliceValues& values) {
  Value data = Value::Object{};
  for (const SliceMeasure* measure : slice_measures_at(kSideData))
    data.add(measure->column.id, measure->figure(values));
  return data;
}

std::optional<SliceAcquisitions> acquisitions_of(const std::optional<AcquiredSide>& side) {
  if (!side) return std::nullopt;
  return SliceAcquisitions{.count = side->acquisitions,
                           .at_least = side->at_least,
                           .per_unit = side->per_unit,
                           .contention_ratio = side->contention_ratio};
}

Value slice_data(const SliceComparison& slice, const Taxonomy& taxonomy, const Comparison& comparison) {
  Value row = Value::Object{};
  if (slice.lock_class) row.add("class", taxonomy.at(*slice.lock_class).name);
  if (slice.role) row.add("role", name_of(*slice.role));
  row.add("path", slice.path ? Value(name_of(*slice.path)) : Value());
  SliceValues before = values_of(slice.before, comparison.before), after = values_of(slice.after, comparison.after);
  if (slice.lock_class)
    if (const AcquiredComparison* acquired = find_acquired(comparison, *slice.lock_class, slice.path)) {
      before.acquisitions = acquisitions_of(acquired->before);
      after.acquisitions = acquisitions_of(acquired->after);
    }
  row.add("before", measures_data(before));
  row.add("after", measures_data(after));
  row.add("effect", effect_data(slice.effect));
  row.add("verdict", name_of(slice.verdict));
  return row;
}

Value part_data(const SliceComparison& part, const Taxonomy& taxonomy, const Comparison& comparison) {
  Value row = slice_data(part, taxonomy, comparison);
  row.add("part", part.name);
  return row;
}

Value headline_data(const Comparison& comparison, const Taxonomy& taxonomy) {
  const SliceComparison& headline = comparison.headline;
  const auto part = [&](const SliceComparison& slice) { return part_data(slice, taxonomy, comparison); };
  return Value::Object{{"measure", "wait_ns_per_unit"},
                       {"locks", headline.name},
                       {"before", headline.before.wait_ns_per_unit},
                       {"after", headline.after.wait_ns_per_unit},
                       {"before_measures", measures_data(values_of(headline.before, comparison.before))},
                       {"after_measures", measures_data(values_of(headline.after, comparison.after))},
                       {"effect", effect_data(headline.effect)},
                       {"verdict", name_of(headline.verdict)},
                       {"parts", list_of(comparison.headline_parts, part)}};
}

// 0 where no run of the side has it.
Value cpu_data(double cpu_ns_per_unit) { return cpu_ns_per_unit > 0 ? Value(cpu_ns_per_unit) : Value(); }

Value side_data(const SideSummary& side) {
  return Value::Object{{"files", side.files},       {"label", side.label},
                       {"workload", side.workload}, {"work", side.work},
                       {"seconds", side.seconds},   {"cpu_ns_per_unit", cpu_data(side.cpu_ns_per_unit)},
                       {"lost", side.lost},         {"contentions", side.contentions}};
}

Value cpu_per_unit_data(const Comparison& comparison) {
  if (!comparison.cpu) return {};
  return Value::Object{{"before_ns", comparison.before.cpu_ns_per_unit},
                       {"after_ns", comparison.after.cpu_ns_per_unit},
                       {"effect", effect_data(*comparison.cpu)},
                       {"verdict", name_of(comparison.cpu_verdict)}};
}

template <typename Part>
void add_change(Value& data, const Part& part) {
  data.add("before_ns", part.before_ns);
  data.add("after_ns", part.after_ns);
  data.add("delta_ns", part.after_ns - part.before_ns);
}

Value path_data(const MovedWait::Part& part) {
  Value path = Value::Object{{"path", name_of(part.path)}};
  add_change(path, part);
  path.add("functions", list_of(part.functions, [](const MovedWait::Function& function) {
             Value data = Value::Object{{"function", function.name}};
             add_change(data, function);
             return data;
           }));
  return path;
}

Value moved_data(const MovedWait& moved, const Taxonomy& taxonomy) {
  Value row = Value::Object{{"class", taxonomy.at(moved.lock_class).name}, {"role", name_of(moved.role)}};
  add_change(row, moved);
  row.add("fate", name_of(moved.fate));
  row.add("counterparts", list_of(moved.counterparts, [&taxonomy](ClassId id) { return taxonomy.at(id).name; }));
  row.add("paths", list_of(moved.paths, path_data));
  return row;
}

Value warning_data(const Warning& warning) {
  return Value::Object{{"kind", name_of(warning.kind)},
                       {"side", warning.side ? Value(name_of(*warning.side)) : Value()},
                       {"runs", warning.runs},
                       {"message", message(warning)}};
}

// What a row of the flat table is: the table's name, then what the slice is.
std::vector<Figure> row_names(const char* table, const SliceComparison& slice, const Taxonomy& taxonomy,
                              WorkUnit unit) {
  return {Figure::term(table),
          Figure::words(slice.name),
          slice.lock_class ? Figure::words(taxonomy.at(*slice.lock_class).name) : Figure(),
          slice.role ? Figure::words(std::string(name_of(*slice.role))) : Figure(),
          slice.path ? Figure::term(name_of(*slice.path)) : Figure(),
          Figure::term(singular_of(unit))};
}

void add_row(Table& rows, const char* table, const SliceComparison& slice, const Taxonomy& taxonomy,
             const Comparison& comparison) {
  std::vector<Figure> row = row_names(table, slice, taxonomy, comparison.unit);
  for (const SliceValues& values :
       {values_of(slice.before, comparison.before), values_of(slice.after, comparison.after)})
    for (const SliceMeasure* measure : slice_measures_at(kSideRow)) row.push_back(measure->figure(values));
  const Effect& effect = slice.effect;
  for (const auto& value : {effect.ratio, effect.low, effect.high, effect.p, effect.q})
    row.push_back(Figure::maybe(value, Unit::kNumber));
  row.push_back(Figure::term(name_of(slice.verdict)));
  rows.rows.push_back(std::move(row));
}

}  // namespace

Table compare_rows(const Comparison& comparison, const Taxonomy& taxonomy) {
  Table table;
  for (const char* id : {"table", "name", "class", "role", "path", "unit_of_work"}) table.columns.push_back({id, id});
  for (const std::string side : {"before_", "after_"})
    for (const SliceMeasure* measure : slice_measures_at(kSideRow)) {
      table.columns.push_back(measure->column);
      table.columns.back().id = side + measure->column.id;
    }
  for (const char* id : {"ratio", "low", "high", "p", "q", "verdict"}) table.columns.push_back({id, id});
  add_row(table, "headline", comparison.headline, taxonomy, comparison);
  add_row(table, "all_locks", comparison.everything, taxonomy, comparison);
  add_row(table, "without_memory_and_scheduler", comparison.quiet, taxonomy, comparison);
  for (const auto& [name, slices] : {std::pair{"roles", &comparison.roles},
                                     {"classes", &comparison.classes},
                                     {"class_paths", &comparison.class_paths},
                                     {"send_path", &comparison.send_path},
                                     {"groups", &comparison.groups}})
    for (const SliceComparison& slice : *slices) add_row(table, name, slice, taxonomy, comparison);
  for (const Warning& warning : comparison.warnings) {
    auto& row = table.rows.emplace_back(table.columns.size());
    row[0] = Figure::term("warning");
    row[1] = Figure::words(message(warning));
  }
  return table;
}

Value compare_data(const Comparison& comparison, const Taxonomy& taxonomy) {
  const auto slices = [&](const std::vector<SliceComparison>& of) {
    return list_of(of, [&](const SliceComparison& slice) { return slice_data(slice, taxonomy, comparison); });
  };
  // Classes, then classes by call path.
  Value classes = slices(comparison.classes);
  for (const SliceComparison& slice : comparison.class_paths) classes.add(slice_data(slice, taxonomy, comparison));
  const auto moved = [&taxonomy](const MovedWait& part) { return moved_data(part, taxonomy); };
  Value data = Value::Object{
      {"schema", "socklock.compare/1"},
      {"unit_of_work", name_of(comparison.unit)},
      {"confidence", comparison.criteria.confidence},
      {"threshold", comparison.criteria.threshold},
      {"seed", comparison.criteria.seed},
      {"within_run_only", comparison.within_run_only},
      {"pairs", comparison.pairs},
      {"sides", Value::Object{{"before", side_data(comparison.before)}, {"after", side_data(comparison.after)}}},
      {"headline", headline_data(comparison, taxonomy)},
      {"all_locks", slice_data(comparison.everything, taxonomy, comparison)},
      {"without_memory_and_scheduler", slice_data(comparison.quiet, taxonomy, comparison)},
      {"cpu_per_unit", cpu_per_unit_data(comparison)},
      {"roles", slices(comparison.roles)},
      {"classes", std::move(classes)},
      {"send_path", slices(comparison.send_path)},
      {"moved", list_of(comparison.moved, moved)},
      {"net_change", Value::Object{{"fell_ns", comparison.net.fell_ns},
                                   {"rose_ns", comparison.net.rose_ns},
                                   {"net_ns", comparison.net.net_ns},
                                   {"moved_ns", comparison.net.moved_ns}}},
      {"global_lock_answer", comparison.global_lock},
      {"send_path_answer", send_path_answer(comparison)},
      {"tables_by_path", slices(comparison.tables_by_path)},
      {"acquisitions", acquired_data(comparison, taxonomy)},
      {"holds", held_data(comparison, taxonomy)},
      {"holders", holders_data(comparison)},
      {"warnings", list_of(comparison.warnings, warning_data)}};
  if (comparison.grouped_by) {
    data.add("grouped_by", name_of(*comparison.grouped_by));
    data.add("groups", list_of(comparison.groups, [&](const SliceComparison& group) {
               Value row = slice_data(group, taxonomy, comparison);
               row.add("name", group.name);
               return row;
             }));
  }
  return data;
}

}  // namespace socklock::analyzer
