// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a trace, all the way to a report: ids, names and sums are input too.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "analyzer/export/openmetrics.h"
#include "analyzer/export/perfetto.h"
#include "analyzer/export/pprof.h"
#include "analyzer/load/load_run.h"
#include "analyzer/query/table.h"
#include "analyzer/render/info.h"
#include "analyzer/render/report.h"
#include "analyzer/taxonomy/classify.h"

namespace analyzer = socklock::analyzer;

namespace {

// A file without a name, for a loader that takes paths.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : fd_(memfd_create("input", MFD_CLOEXEC)) {
    whole_ = fd_ >= 0 && write(fd_, data, size) == static_cast<ssize_t>(size);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
  bool whole_;
};

// Every cell of every table.
void query_all(const analyzer::LabelledRun& labelled) {
  analyzer::QueryRuns runs;
  runs.taxonomy = analyzer::Taxonomy::built_in();
  runs.runs.push_back(analyzer::prepared(labelled, runs.taxonomy));
  for (const analyzer::QueryTable& table : analyzer::query_tables())
    for (const auto cursor = table.open(runs); cursor->next();)
      for (std::size_t column = 0; column < table.columns.size(); ++column) (void)cursor->cell(column);
}

void report_all(const std::string& path, analyzer::RowSource source) {
  const auto& taxonomy = analyzer::Taxonomy::built_in();
  const auto run = analyzer::load_run(path, source);
  if (!run) return;
  (void)analyzer::info_text(*run);
  (void)analyzer::info_json(*run);
  const auto labelled = analyzer::label(*run, taxonomy);
  analyzer::ReportOptions options;
  options.from_events = source == analyzer::RowSource::kEvents;
  (void)analyzer::report_text(labelled, taxonomy, options);
  (void)analyzer::report_json(labelled, taxonomy, options);
  const analyzer::ExportSide side{"", {labelled}};
  (void)analyzer::openmetrics(std::span(&side, 1), taxonomy);
  if (const auto profile = analyzer::stack_profile(std::span(&labelled, 1), {}))
    (void)analyzer::pprof_gz(*profile, taxonomy);
  if (auto events = analyzer::EventReader::open(path)) (void)analyzer::perfetto_trace(*run, taxonomy, *events);
  query_all(labelled);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  if (!file.whole()) return 0;
  report_all(file.path(), analyzer::RowSource::kSummaries);
  report_all(file.path(), analyzer::RowSource::kEvents);
  return 0;
}
