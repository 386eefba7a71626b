// SPDX-License-Identifier: GPL-2.0-or-later
// socklock query: SQL over traces.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "analyzer/cli/line_reader.h"
#include "analyzer/cli/output.h"
#include "analyzer/cli/reading.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/cli/work_line.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/load/redact.h"
#include "analyzer/query/query_database.h"
#include "analyzer/query/query_format.h"
#include "base/locale_text.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

// The last word is the query where it is not a file: no trace is called "SELECT ...".
std::string take_query(std::vector<std::string>& words) {
  std::error_code ignored;
  if (words.empty() || words.back().find_first_of(" \t\n(") == std::string::npos ||
      std::filesystem::exists(words.back(), ignored))
    return "";
  std::string query = words.back();
  words.pop_back();
  return query;
}

// "query 'SELECT 1' run.slk" is soon typed.
Result<void> check_order(const std::vector<std::string>& words) {
  std::error_code ignored;
  for (const std::string& word : words)
    if (word.find_first_of(" \t\n") != std::string::npos && !std::filesystem::exists(word, ignored))
      return fail({"no such file", "'" + word + "'", "the query comes last: socklock query FILE... \"SELECT ...\"",
                   ExitCode::kUsage});
  return {};
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
  SOCKLOCK_TRY_ASSIGN(auto loaded, read_runs(paths, runs.taxonomy, arguments));
  const Redaction redaction;
  for (LabelledRun& run : loaded) {
    std::string path = run.run.path;  // which the redaction cuts
    if (arguments.redact) redaction.apply(run.run);
    runs.runs.push_back(prepared(std::move(run), runs.taxonomy));
    runs.runs.back().path = std::move(path);
  }
  return runs;
}

// Of --format; else of the ending of --output; else a table for people.
std::string format_asked(const Arguments& arguments) {
  if (!arguments.format.empty()) return arguments.format;
  const Format* const by_file = format_of_file(arguments.output);
  return by_file != nullptr && (by_file->name == "csv" || by_file->name == "json") ? std::string(by_file->name)
                                                                                   : "table";
}

Result<void> answer(QueryDatabase& database, const std::string& sql, const std::string& format, Output& output) {
  const bool is_for_people = format == "table" && output.is_standard();
  WorkLine line("asking");
  const auto writer = result_writer(format, [&](std::string_view text) {
    line.end();
    return is_for_people ? output.write(in_locale(text)) : output.write(text);
  });
  return database.run(sql, *writer);
}

// Statements from standard input, each run when its semicolon came, or the end.
class Conversation {
 public:
  Conversation(QueryDatabase& database, const std::string& format, Output& output)
      : database_(database), format_(format), output_(output) {}

  Result<ExitCode> run() {
    if (lines_.is_terminal())
      fmt::print(stderr, "SQL ends with a semicolon; .tables shows what can be asked, .quit ends.\n");
    while (const auto line = lines_.next(sql_.empty() ? "socklock> " : "     ...> ")) {
      if (sql_.empty() && (line == ".quit" || line == ".exit")) break;
      if (sql_.empty() && line == ".tables") {
        SOCKLOCK_TRY(output_.write(tables_text()));
        continue;
      }
      sql_ += *line + "\n";
      if (QueryDatabase::is_complete(sql_)) SOCKLOCK_TRY(answer_it());
    }
    SOCKLOCK_TRY(answer_it());
    // A person who mistyped saw so and went on; a script that failed has to say it.
    return lines_.is_terminal() ? ExitCode::kDone : exit_code_;
  }

 private:
  // An error in the SQL is said, and the next statement is welcome; others end it.
  Result<void> answer_it() {
    lines_.remember(sql_);
    const auto answered = answer(database_, std::exchange(sql_, {}), format_, output_);
    if (!answered && answered.error().exit_code != ExitCode::kUsage) return fail(answered.error());
    if (!answered) {
      fmt::print(stderr, "socklock query: {}\n", printable(answered.error().what));
      exit_code_ = ExitCode::kUsage;
    }
    return output_.flush();
  }

  QueryDatabase& database_;
  const std::string& format_;
  Output& output_;
  LineReader lines_;
  std::string sql_;
  ExitCode exit_code_ = ExitCode::kDone;
};

}  // namespace

Result<Outcome> query_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(Output output, Output::open(arguments.output));
  Outcome outcome;
  outcome.is_written = true;
  if (arguments.show_tables) {
    SOCKLOCK_TRY(output.write(tables_text()));
    SOCKLOCK_TRY(output.finish());
    return outcome;
  }
  std::vector<std::string> words = arguments.files;
  const std::string query = take_query(words);
  SOCKLOCK_TRY(check_order(words));
  if (words.empty()) return fail({"no trace to ask", "", "socklock query FILE... \"SELECT ...\"", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const QueryRuns runs, load(words, arguments));
  std::vector<const Run*> loaded;
  for (const QueryRun& run : runs.runs) loaded.push_back(&run_of(run));
  outcome.exit_code = exit_code_of(loaded, "query");
  if (!arguments.export_sqlite.empty()) {
    const WorkLine line("exporting");
    SOCKLOCK_TRY(export_sqlite(runs, arguments.export_sqlite));
  }
  if (!arguments.export_sqlite.empty() && query.empty()) return outcome;
  SOCKLOCK_TRY_ASSIGN(QueryDatabase database, QueryDatabase::open(runs));
  const std::string format = format_asked(arguments);
  if (query.empty()) {
    SOCKLOCK_TRY_ASSIGN(const ExitCode said, Conversation(database, format, output).run());
    if (said != ExitCode::kDone) outcome.exit_code = said;
  } else {
    SOCKLOCK_TRY(answer(database, query, format, output));
  }
  SOCKLOCK_TRY(output.finish());
  return outcome;
}

}  // namespace socklock::analyzer
