// SPDX-License-Identifier: GPL-2.0-or-later
// socklock query: SQL over traces.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "analyzer/cli/verbs.h"
#include "analyzer/load/load_runs.h"
#include "analyzer/query/query_database.h"
#include "analyzer/query/query_format.h"

namespace socklock::analyzer {
namespace {

// The last word is the query where it is not a file: no trace is called "SELECT ...".
std::string take_query(std::vector<std::string>& words) {
  std::error_code ignored;
  if (words.empty() || words.back().find(' ') == std::string::npos || std::filesystem::exists(words.back(), ignored))
    return "";
  std::string query = words.back();
  words.pop_back();
  return query;
}

Result<QueryRuns> load(const std::vector<std::string>& words, const Arguments& arguments) {
  QueryRuns runs;
  SOCKLOCK_TRY_ASSIGN(runs.taxonomy, taxonomy_of(arguments));
  // Of an experiment both sides.
  std::vector<std::string> paths;
  for (const char* side : {"before", "after"}) {
    SOCKLOCK_TRY_ASSIGN(const auto of_side, traces_named(words, side));
    for (const std::string& path : of_side)
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  SOCKLOCK_TRY_ASSIGN(auto loaded, load_runs(paths, runs.taxonomy));
  for (LabelledRun& run : loaded) runs.runs.push_back(prepared(std::move(run), runs.taxonomy));
  return runs;
}

// Statements from standard input, each run when its semicolon came.
Outcome converse(QueryDatabase& database, const std::string& format) {
  const bool is_terminal = isatty(STDIN_FILENO) != 0;
  Outcome outcome;
  std::string sql, line;
  const auto prompt = [&] {
    if (!is_terminal) return;
    fmt::print(stderr, "{}", sql.empty() ? "socklock> " : "     ...> ");
    std::fflush(stderr);
  };
  if (is_terminal) fmt::print(stderr, "SQL ends with a semicolon; .tables shows what can be asked, .quit ends.\n");
  for (prompt(); std::getline(std::cin, line); prompt()) {
    if (sql.empty() && (line == ".quit" || line == ".exit")) break;
    if (sql.empty() && line == ".tables") {
      fmt::print("{}", tables_text());
      continue;
    }
    sql += line + "\n";
    if (!QueryDatabase::is_complete(sql)) continue;
    const auto results = database.run(std::exchange(sql, {}));
    if (results) {
      fmt::print("{}", query_text(*results, format));
      std::fflush(stdout);
    } else {
      fmt::print(stderr, "socklock query: {}\n", results.error().what);
      outcome.exit_code = ExitCode::kUsage;
    }
  }
  // A person who mistyped saw so and went on; a script that failed has to say it.
  if (is_terminal) outcome.exit_code = ExitCode::kDone;
  return outcome;
}

}  // namespace

Result<Outcome> query_verb(const Arguments& arguments) {
  if (arguments.show_tables) return Outcome{tables_text()};
  std::vector<std::string> words = arguments.files;
  const std::string query = take_query(words);
  if (words.empty()) return fail({"no trace to ask", "", "socklock query FILE... \"SELECT ...\"", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const QueryRuns runs, load(words, arguments));
  if (!arguments.export_sqlite.empty()) {
    SOCKLOCK_TRY(export_sqlite(runs, arguments.export_sqlite));
    if (query.empty()) return Outcome{};
  }
  SOCKLOCK_TRY_ASSIGN(QueryDatabase database, QueryDatabase::open(runs));
  const std::string format = arguments.format == "text" ? "table" : arguments.format;
  if (query.empty()) return converse(database, format);
  SOCKLOCK_TRY_ASSIGN(const auto results, database.run(query));
  return Outcome{query_text(results, format)};
}

}  // namespace socklock::analyzer
