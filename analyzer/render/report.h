// SPDX-License-Identifier: GPL-2.0-or-later
// What one run waited for, as text, Markdown, HTML, CSV (a row a slice), and as JSON ("socklock.report/1").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {

struct ReportOptions {
  std::optional<By> by;  // absent: by class, by path and by class and path
  SliceOrder order = SliceOrder::kWait;
  std::size_t limit = 20;  // rows of a table in text; 0: all
  bool from_events = false;
  std::vector<std::string> filter = {};  // what waits were chosen by ("class tcp.ehash"), if not all are there
};

std::string report_text(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);
std::string report_md(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);
std::string report_html(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);
// All slices, whatever the limit.
std::string report_csv(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);
// By class, path and function always; by process where the rows come from events; else what `by` asks for.
std::string report_json(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);

// Parts that the renderers share.
std::vector<By> tables_of(const ReportOptions& options);
std::string heading_of(By by);
// What comes before the tables, in lines of text.
std::string report_facts(const LabelledRun& run, const ReportOptions& options);
std::vector<Slice> sorted_slices(const LabelledRun& run, const Taxonomy& taxonomy, By by, SliceOrder order);

}  // namespace socklock::analyzer
