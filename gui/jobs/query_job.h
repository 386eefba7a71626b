// SPDX-License-Identifier: GPL-2.0-or-later
// SQL over the recordings that are open, as socklock query answers it. They are asked whole, whatever the filter is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/query/query_database.h"
#include "gui/jobs/analysis.h"
#include "gui/jobs/background.h"

namespace socklock::gui {

// More rows than anybody reads; all of them can be written to a file.
inline constexpr std::size_t kMostQueryRows = 100'000;

using QueryRunsPtr = std::shared_ptr<const analyzer::QueryRuns>;

struct QueryAnswer {
  // Of the last statement.
  std::vector<std::string> columns;
  std::vector<std::vector<analyzer::QueryValue>> rows;
  bool is_cut = false;  // there are more rows than are shown
  std::optional<Error> error;
  QueryRunsPtr runs;  // to ask again
};

// Traces in the order in which runs are numbered, from 1: those before, then those after.
std::vector<std::string> queriedTraces(const Findings& findings);

// `runs`: of these findings, from an answer; nullptr: they are made.
QueryAnswer askRuns(const Findings& findings, QueryRunsPtr runs, const std::string& sql, const Watch& watch);

// Every row, as JSON where the ending says so, else as CSV. The file is replaced when the new one is whole.
Result<void> writeAnswer(const Findings& findings, QueryRunsPtr runs, const std::string& sql, const std::string& file,
                         const Watch& watch);

}  // namespace socklock::gui
