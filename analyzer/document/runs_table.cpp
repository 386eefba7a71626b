// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/runs_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/compare/outliers.h"

namespace socklock::analyzer {
namespace {

double middle_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void add_runs(Table& table, std::string_view side, const std::vector<std::string>& files,
              const std::vector<double>& values) {
  const double middle = middle_of(values);
  const std::vector<std::size_t> apart = outliers(values);
  for (std::size_t run = 0; run < std::min(files.size(), values.size()); ++run) {
    const bool is_apart = std::find(apart.begin(), apart.end(), run) != apart.end();
    table.rows.push_back({Figure::term(side), Figure::words(files[run]), Figure::of(values[run], Unit::kNs),
                          middle > 0 ? Figure::of(values[run] / middle, Unit::kTimes) : Figure(),
                          Figure::term(is_apart ? "apart from the others" : "")});
  }
}

}  // namespace

Table runs_table(const Comparison& comparison) {
  const std::string unit(singular_of(comparison.unit));
  Table table{.id = "runs", .heading = "Runs", .note = "", .columns = {}, .rows = {}};
  table.columns = {
      {"side", "side", "", Unit::kNone, Align::kLeft},
      {"file", "run", "The file of the trace.", Unit::kNone, Align::kLeft},
      {"wait_ns_per_unit", fmt::format("wait per {}", unit),
       fmt::format("Wait for {} per {} in this run.", comparison.headline.name, unit), Unit::kNs},
      {"of_median", "of the median", "That divided by the median of the runs of its side.", Unit::kTimes},
      {"outlier", "outlier",
       "The logarithm is more than 3.5 modified z-scores from the median of its side; of 5 runs a side and more.",
       Unit::kNone, Align::kLeft}};
  const bool is_comparison = !comparison.after.files.empty();
  add_runs(table, is_comparison ? "before" : "recorded", comparison.before.files,
           comparison.headline.before.wait_ns_per_unit_of_runs);
  add_runs(table, "after", comparison.after.files, comparison.headline.after.wait_ns_per_unit_of_runs);
  return table;
}

}  // namespace socklock::analyzer
