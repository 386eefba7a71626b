// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "analyzer/render/compare_text.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

// Empty where there is no figure: not measured is not 0.
std::string number(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }

std::string row(const char* table, const SliceComparison& slice, const Taxonomy& taxonomy, WorkUnit unit) {
  const auto side = [](const SideMeasures& measures) {
    const WaitStats& stats = measures.stats;
    // Where nothing waited there is no quantile.
    const std::string quantiles =
        stats.sums.contentions == 0 ? "," : fmt::format("{},{}", stats.quantile_ns(0.5), stats.quantile_ns(0.99));
    return fmt::format("{},{},{},{},{}", stats.sums.contentions, stats.sums.wait_ns, measures.contentions_per_unit,
                       measures.wait_ns_per_unit, quantiles);
  };
  const Effect& effect = slice.effect;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", table, csv_cell(slice.name),
                     slice.lock_class ? csv_cell(taxonomy.at(*slice.lock_class).name) : "",
                     slice.role ? csv_cell(name_of(*slice.role)) : "", slice.path ? name_of(*slice.path) : "",
                     singular_of(unit), side(slice.before), side(slice.after), number(effect.ratio), number(effect.low),
                     number(effect.high), number(effect.p), number(effect.q), name_of(slice.verdict));
}

}  // namespace

std::string compare_csv(const Comparison& comparison, const Taxonomy& taxonomy) {
  std::string text = "table,name,class,role,path,unit_of_work";
  for (const char* side : {"before", "after"})
    text += fmt::format(
        ",{0}_contentions,{0}_wait_ns,{0}_contentions_per_unit,{0}_wait_ns_per_unit,{0}_p50_ns,{0}_p99_ns", side);
  text += ",ratio,low,high,p,q,verdict\r\n";
  text += row("headline", comparison.headline, taxonomy, comparison.unit);
  text += row("all_locks", comparison.everything, taxonomy, comparison.unit);
  text += row("without_memory_and_scheduler", comparison.quiet, taxonomy, comparison.unit);
  for (const auto& [table, slices] : {std::pair{"roles", &comparison.roles},
                                      {"classes", &comparison.classes},
                                      {"class_paths", &comparison.class_paths},
                                      {"send_path", &comparison.send_path}})
    for (const SliceComparison& slice : *slices) text += row(table, slice, taxonomy, comparison.unit);
  for (const Warning& warning : comparison.warnings)
    text += fmt::format("warning,{},,,,,,,,,,,,,,,,,,,,,,\r\n", csv_cell(message(warning)));
  return text;
}

}  // namespace socklock::analyzer
