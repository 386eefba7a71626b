// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "analyzer/render/escape.h"
#include "analyzer/render/level2.h"
#include "analyzer/render/report.h"
#include "base/units.h"

namespace socklock::analyzer {

std::string report_md(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  std::string text = "## socklock report\n\n";
  std::istringstream facts(report_facts(run, options));
  for (std::string line; std::getline(facts, line);) text += markdown_escaped(line) + "\n";
  for (const By by : tables_of(options)) {
    text += fmt::format("\n| {} | waits | wait | p50 | p99 | max |\n|:--|--:|--:|--:|--:|--:|\n", heading_of(by));
    const std::vector<Slice> slices = sorted_slices(run, taxonomy, by, options.order);
    const std::size_t shown = options.limit == 0 ? slices.size() : std::min(options.limit, slices.size());
    for (std::size_t i = 0; i < shown; ++i) {
      const WaitStats& stats = slices[i].stats;
      text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_escaped(slices[i].name),
                          format_count(static_cast<double>(stats.sums.contentions)),
                          format_ns(static_cast<double>(stats.sums.wait_ns)), format_ns(stats.quantile_ns(0.5)),
                          format_ns(stats.quantile_ns(0.99)), format_ns(static_cast<double>(stats.sums.wait_max_ns)));
    }
    if (shown < slices.size()) text += fmt::format("\n{} more; `--limit 0` shows all\n", slices.size() - shown);
  }
  if (options.by) return text;
  for (const FigureTable& table : level2_tables(run, taxonomy, options.limit)) {
    text += fmt::format("\n### {}\n\n", table.heading);
    if (!table.note.empty()) text += markdown_escaped(table.note) + "\n\n";
    if (table.rows.empty()) continue;
    text += fmt::format("| {} |\n|:--|", fmt::join(table.titles, " | "));
    for (std::size_t i = 1; i < table.titles.size(); ++i) text += "--:|";
    text += "\n";
    for (auto row : table.rows) {
      row.front() = markdown_escaped(row.front());
      text += fmt::format("| {} |\n", fmt::join(row, " | "));
    }
    if (table.more > 0) text += fmt::format("\n{} more; `--limit 0` shows all\n", table.more);
  }
  return text;
}

}  // namespace socklock::analyzer
