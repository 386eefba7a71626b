// SPDX-License-Identifier: GPL-2.0-or-later
// A report for programs: one flat table, and everything as keys and values.
#include <fmt/format.h>

#include <algorithm>

#include "analyzer/document/acquisitions_and_holds.h"
#include "analyzer/document/info.h"
#include "analyzer/document/report.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/acquisitions.h"

namespace socklock::analyzer {
namespace {

// Acquisitions are of classes: a single lock's were not counted.
bool has_acquisitions(By by) { return by == By::kClass || by == By::kClassPath; }

std::optional<SliceAcquisitions> acquisitions_of(const LabelledRun& run, const AcquisitionCounts& counts,
                                                 const Taxonomy& taxonomy, const Slice& slice) {
  if (!slice.lock_class) return std::nullopt;
  const auto found = slice.path ? counts.of(*slice.lock_class, *slice.path) : counts.of(*slice.lock_class);
  if (!found) return std::nullopt;
  return SliceAcquisitions{
      .count = found->count,
      .at_least = found->at_least,
      .contention_ratio = contention_ratio(run.run, taxonomy, *slice.lock_class, slice.stats.sums.contentions, found)};
}

Value sampling_data(const StackSampling& sampling) {
  if (!sampling.used || sampling.is_part) return {};
  return Value::Object{{"sampled", sampling.sampled},           {"exact", sampling.exact},
                       {"estimated", sampling.estimated},       {"unknown", sampling.unknown},
                       {"path_checked", sampling.path_checked}, {"path_disagreed", sampling.path_disagreed}};
}

Value slice_data(const LabelledRun& run, const AcquisitionCounts& counts, const Slice& slice, const Taxonomy& taxonomy,
                 By by) {
  Value row = Value::Object{};
  if (slice.lock_class) {
    row.add("class", taxonomy.at(*slice.lock_class).name);
    row.add("role", name_of(taxonomy.at(*slice.lock_class).role));
  }
  if (slice.path) row.add("path", name_of(*slice.path));
  if (by != By::kClass && by != By::kPath && by != By::kClassPath) row.add(std::string(name_of(by)), slice.name);
  SliceValues values = values_of(run, slice, 0);
  if (has_acquisitions(by)) values.acquisitions = acquisitions_of(run, counts, taxonomy, slice);
  const bool is_of_class = slice.lock_class && has_acquisitions(by);
  for (const SliceMeasure* measure : slice_measures_at(is_of_class ? kRunData | kClassData : kRunData))
    row.add(measure->column.id, measure->figure(values));
  return row;
}

std::string key_of(By by) { return by == By::kClassPath ? "by_class_path" : fmt::format("by_{}", name_of(by)); }

Value total_data(const Totals& totals) {
  const auto& socket = totals.socket.sums;
  return Value::Object{
      {"contentions", totals.all.sums.contentions},
      {"wait_ns", totals.all.sums.wait_ns},
      {"socket", Value::Object{{"contentions", socket.contentions},
                               {"wait_ns", socket.wait_ns},
                               {"classified_wait_share", share_of(totals.socket_classified_wait_ns, socket.wait_ns)},
                               {"path_wait_share", share_of(totals.socket_with_path_wait_ns, socket.wait_ns)}}}};
}

}  // namespace

Table report_rows(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  Table table;
  for (const char* id : {"by", "name", "class", "path"}) table.columns.push_back({id, id});
  for (const SliceMeasure* measure : slice_measures_at(kRunRow)) table.columns.push_back(measure->column);
  if (!options.filter.empty()) table.columns.push_back({"filter", "filter"});
  const AcquisitionCounts counts(run.run, taxonomy);
  for (const By by : tables_of(options))
    for (const Slice& slice : sorted_slices(run, taxonomy, by, options.order)) {
      auto& row = table.rows.emplace_back();
      row = {Figure::term(name_of(by)), Figure::words(slice.name),
             slice.lock_class ? Figure::words(taxonomy.at(*slice.lock_class).name) : Figure(),
             slice.path ? Figure::term(name_of(*slice.path)) : Figure()};
      SliceValues values = values_of(run, slice, 0);
      if (by != By::kInstance) values.acquisitions = acquisitions_of(run, counts, taxonomy, slice);
      for (const SliceMeasure* measure : slice_measures_at(kRunRow)) row.push_back(measure->figure(values));
      if (!options.filter.empty()) row.push_back(Figure::words(fmt::format("{}", fmt::join(options.filter, ", "))));
    }
  return table;
}

Value report_data(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  Value data = Value::Object{{"schema", "socklock.report/1"},
                             {"file", run.run.path},
                             {"label", run.run.facts.label},
                             {"duration_ns", run.run.facts.knows.duration ? Value(run.run.duration_ns()) : Value()},
                             {"rows_from", options.from_events ? "events" : "summaries"},
                             {"lost", run.run.lost()},
                             {"notes", run.run.facts.notes},
                             {"work", work_data(run.run)}};
  if (!options.filter.empty()) data.add("filter", options.filter);
  data.add("total", total_data(total(run)));
  data.add("sampling", sampling_data(run.sampling));
  const AcquisitionCounts counts(run.run, taxonomy);
  std::vector<By> tables{By::kClass, By::kPath, By::kClassPath, By::kFunction, By::kContext};
  if (options.from_events) tables.insert(tables.end(), {By::kProcess, By::kCgroup});
  if (options.by && std::find(tables.begin(), tables.end(), *options.by) == tables.end()) tables.push_back(*options.by);
  for (const By by : tables)
    data.add(key_of(by), list_of(sorted_slices(run, taxonomy, by, options.order),
                                 [&](const Slice& slice) { return slice_data(run, counts, slice, taxonomy, by); }));
  data.add("acquisitions", acquisitions_data(run, taxonomy));
  data.add("holds", holds_data(run, taxonomy));
  data.add("holders", holders_data(run, taxonomy));
  data.add("owners", owners_data(run, taxonomy));
  data.add("cpu_profile", cpu_profile_data(run));
  return data;
}

}  // namespace socklock::analyzer
