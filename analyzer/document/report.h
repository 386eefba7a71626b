// SPDX-License-Identifier: GPL-2.0-or-later
// What one run waited for: the document of socklock report. Its data are "socklock.report/1".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/document/document.h"
#include "analyzer/document/slice_columns.h"
#include "analyzer/measure/breakdown.h"

namespace socklock::analyzer {

struct ReportOptions {
  std::optional<By> by;  // absent: by class, by path and by class and path
  SliceOrder order = SliceOrder::kWait;
  std::size_t limit = 20;  // rows of a table for people; 0: all
  bool from_events = false;
  std::vector<std::string> filter = {};  // what waits were chosen by ("class tcp.ehash"), if not all are there
};

Document report_document(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options, Detail detail);

// What the script of an interactive page shows: the data, and the call stacks.
void add_interactive_data(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options,
                          Document& document);

// The parts for programs.
Table report_rows(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);
Value report_data(const LabelledRun& run, const Taxonomy& taxonomy, const ReportOptions& options);

// What all of them are made of.
std::vector<By> tables_of(const ReportOptions& options);
std::vector<Slice> sorted_slices(const LabelledRun& run, const Taxonomy& taxonomy, By by, SliceOrder order);
// `whole_wait_ns`: what shares are of.
SliceValues values_of(const LabelledRun& run, const Slice& slice, double whole_wait_ns);

}  // namespace socklock::analyzer
