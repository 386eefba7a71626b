// SPDX-License-Identifier: GPL-2.0-or-later
// What the verbs print, without a command line.
#pragma once

#include <string>

#include "analyzer/document/compare.h"
#include "analyzer/document/report.h"
#include "analyzer/render/formats.h"

namespace socklock::analyzer::testing {

inline std::string report_as(const char* name, const LabelledRun& run, const Taxonomy& taxonomy,
                             const ReportOptions& options = {}) {
  const Format& format = *format_named(name);
  return format.render(report_document(run, taxonomy, options, format.detail)).value_or("");
}

inline std::string compare_as(const char* name, const Comparison& comparison, const Taxonomy& taxonomy,
                              std::size_t limit = 0) {
  const Format& format = *format_named(name);
  return format.render(compare_document(comparison, taxonomy, format.detail, limit)).value_or("");
}

}  // namespace socklock::analyzer::testing
