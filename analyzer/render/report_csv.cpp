// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "analyzer/measure/acquisitions.h"
#include "analyzer/render/report.h"
#include "base/text.h"

namespace socklock::analyzer {

std::string report_csv(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  std::string text =
      "by,name,class,path,contentions,gave_up,wait_ns,mean_ns,p50_ns,p90_ns,p99_ns,max_ns,acquisitions\r\n";
  const AcquisitionCounts counts(run.run, taxonomy);
  // Empty where there is no figure: not measured is not 0.
  const auto acquired = [&counts](const Slice& slice) -> std::string {
    if (!slice.lock_class) return "";
    const auto of = slice.path ? counts.of(*slice.lock_class, *slice.path) : counts.of(*slice.lock_class);
    return of ? std::to_string(of->count) : "";
  };
  for (const By by : tables_of(options))
    for (const Slice& slice : sorted_slices(run, taxonomy, by, options.order)) {
      const WaitStats& stats = slice.stats;
      // Empty where only sums are known.
      const auto quantile = [&](double q) {
        return knows_distribution(run.run.facts) ? fmt::format("{}", stats.quantile_ns(q)) : std::string();
      };
      text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", name_of(by), csv_cell(slice.name),
                          slice.lock_class ? csv_cell(taxonomy.at(*slice.lock_class).name) : "",
                          slice.path ? name_of(*slice.path) : "", stats.sums.contentions, stats.sums.gave_up,
                          stats.sums.wait_ns, stats.mean_ns(), quantile(0.5), quantile(0.9), quantile(0.99),
                          stats.sums.wait_max_ns, by == By::kInstance ? "" : acquired(slice));
    }
  return text;
}

}  // namespace socklock::analyzer
