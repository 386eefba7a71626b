// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "analyzer/render/escape.h"
#include "analyzer/render/html_page.h"
#include "analyzer/render/level2.h"
#include "analyzer/render/report.h"
#include "analyzer/render/report_charts.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string charts(const LabelledRun& run, const Taxonomy& taxonomy) {
  std::string body;
  const auto add = [&body](std::string_view title, std::string_view note, const std::string& chart) {
    if (!chart.empty()) body += html::section(title, note, chart);
  };
  add("Wait by lock class and call path", "Of the whole run.", wait_bars_svg(run, taxonomy));
  add("Wait times", "Share of all waits by how long they took, two bins an octave; below, quantiles.",
      wait_times_svg(run));
  add("Time line", "Wait of all locks per second, interval by interval.", run_timeline_svg(run));
  return body;
}

std::string section_of(const FigureTable& figures) {
  std::string note = figures.note;
  if (figures.more > 0) note += fmt::format("{}{} more; --limit 0 shows all", note.empty() ? "" : ". ", figures.more);
  if (figures.rows.empty()) return html::section(figures.heading, note, "");
  html::Table table(figures.titles);
  for (const auto& row : figures.rows) table.add(row);
  return html::section(figures.heading, note, table.html());
}

}  // namespace

std::string report_html(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options) {
  std::string body = "<h1>What sockets waited for</h1>\n";
  std::istringstream facts(report_facts(run, options));
  for (std::string line; std::getline(facts, line);) body += fmt::format("<div>{}</div>\n", html_escaped(line));
  body += charts(run, taxonomy);
  for (const By by : tables_of(options)) {
    html::Table table({heading_of(by), "waits", "wait", "p50", "p99", "max"});
    const std::vector<Slice> slices = sorted_slices(run, taxonomy, by, options.order);
    const std::size_t shown = options.limit == 0 ? slices.size() : std::min(options.limit, slices.size());
    for (std::size_t i = 0; i < shown; ++i) {
      const WaitStats& stats = slices[i].stats;
      table.add({slices[i].name, format_count(static_cast<double>(stats.sums.contentions)),
                 format_ns(static_cast<double>(stats.sums.wait_ns)), format_ns(stats.quantile_ns(0.5)),
                 format_ns(stats.quantile_ns(0.99)), format_ns(static_cast<double>(stats.sums.wait_max_ns))});
    }
    const std::string note =
        shown < slices.size() ? fmt::format("{} more; --limit 0 shows all", slices.size() - shown) : "";
    body += html::section("By " + heading_of(by), note, table.html());
  }
  if (!options.by)
    for (const FigureTable& figures : level2_tables(run, taxonomy, options.limit)) body += section_of(figures);
  return html::page("socklock report", body + "<footer>Made by socklock report.</footer>\n");
}

}  // namespace socklock::analyzer
