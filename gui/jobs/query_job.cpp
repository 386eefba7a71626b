// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/query_job.h"

#include <algorithm>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/query/query_format.h"
#include "analyzer/query/table.h"
#include "base/atomic_file.h"
#include "base/out_of_memory.h"

namespace socklock::gui {
namespace {

// Of the last statement, and no more than can be read.
class Collector : public analyzer::ResultWriter {
 public:
  explicit Collector(QueryAnswer& answer) : answer_(answer) {}
  Result<void> columns(const std::vector<std::string>& names) override {
    answer_.columns = names;
    answer_.rows.clear();
    answer_.is_cut = false;
    return {};
  }
  Result<void> row(const std::vector<analyzer::QueryValue>& values) override {
    answer_.is_cut = answer_.rows.size() >= kMostQueryRows;
    if (answer_.is_cut) return fail({"more rows than are shown", "", "", ExitCode::kDone});
    answer_.rows.push_back(values);
    return {};
  }
  Result<void> end() override { return {}; }

 private:
  QueryAnswer& answer_;
};

// As they were recorded: those that are shown may be a stretch of them.
Result<QueryRunsPtr> wholeRuns(const Findings& findings, const Watch& watch) {
  auto runs = std::make_shared<analyzer::QueryRuns>();
  runs->taxonomy = findings.runs->taxonomy;
  const analyzer::LoadOptions options{.progress = [&watch](std::uint64_t) { return !watch.isStopped(); }};
  SOCKLOCK_TRY_ASSIGN(auto loaded, analyzer::load_runs(queriedTraces(findings), runs->taxonomy, options));
  for (analyzer::LabelledRun& run : loaded) runs->runs.push_back(prepared(std::move(run), runs->taxonomy));
  return QueryRunsPtr(std::move(runs));
}

Result<void> run(const QueryRunsPtr& runs, const std::string& sql, analyzer::ResultWriter& writer, const Watch& watch) {
  SOCKLOCK_TRY_ASSIGN(analyzer::QueryDatabase database, analyzer::QueryDatabase::open(*runs));
  database.stop_when([&watch] { return watch.isStopped(); });
  return database.run(sql, writer);
}

}  // namespace

std::vector<std::string> queriedTraces(const Findings& findings) {
  std::vector<std::string> traces = findings.runs->before_paths;
  // Named on both sides, as of a comparison with itself, a run is one.
  for (const std::string& path : findings.runs->after_paths)
    if (std::find(traces.begin(), traces.end(), path) == traces.end()) traces.push_back(path);
  return traces;
}

QueryAnswer askRuns(const Findings& findings, QueryRunsPtr runs, const std::string& sql, const Watch& watch) {
  QueryAnswer answer;
  answer.runs = std::move(runs);
  const auto asked = within_memory([&]() -> Result<void> {
    if (!answer.runs) {
      SOCKLOCK_TRY_ASSIGN(answer.runs, wholeRuns(findings, watch));
    }
    Collector collector(answer);
    return run(answer.runs, sql, collector, watch);
  });
  if (!asked && !answer.is_cut) answer.error = asked.error();
  return answer;
}

Result<void> writeAnswer(const Findings& findings, QueryRunsPtr runs, const std::string& sql, const std::string& file,
                         const Watch& watch) {
  return within_memory([&]() -> Result<void> {
    if (!runs) {
      SOCKLOCK_TRY_ASSIGN(runs, wholeRuns(findings, watch));
    }
    SOCKLOCK_TRY_ASSIGN(AtomicFile out, AtomicFile::create(file, {.replaces = true}));
    const auto writer = analyzer::result_writer(file.ends_with(".json") ? "json" : "csv",
                                                [&out](std::string_view text) { return out.write(text); });
    SOCKLOCK_TRY(run(runs, sql, *writer, watch));
    return out.commit();
  });
}

}  // namespace socklock::gui
