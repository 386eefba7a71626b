// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a trace, all the way to a report: ids, names and sums are input too.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "analyzer/document/info.h"
#include "analyzer/document/report.h"
#include "analyzer/export/openmetrics.h"
#include "analyzer/export/perfetto.h"
#include "analyzer/export/pprof.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/load_run.h"
#include "analyzer/query/table.h"
#include "analyzer/render/formats.h"

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

// Every cell of every table that is not made of others.
void query_all(const analyzer::LabelledRun& labelled) {
  analyzer::QueryRuns runs;
  runs.taxonomy = analyzer::Taxonomy::built_in();
  runs.runs.push_back(analyzer::prepared(labelled, runs.taxonomy));
  for (const analyzer::QueryTable& table : analyzer::query_tables()) {
    if (!table.view.empty()) continue;
    for (const auto cursor = table.open(runs, {}); cursor->next();)
      for (std::size_t column = 0; column < table.columns.size(); ++column) (void)cursor->cell(column);
  }
}

// What goes by sums alone, whether they are those of summaries or of single events.
void report_all(const analyzer::LabelledRun& labelled, const analyzer::ReportOptions& options) {
  const auto& taxonomy = analyzer::Taxonomy::built_in();
  for (const analyzer::Format& format : analyzer::kFormats)
    if (format.name != "pdf")
      (void)format.render(analyzer::report_document(labelled, taxonomy, options, format.detail));
  const analyzer::ExportSide side{"", {labelled}};
  (void)analyzer::openmetrics(std::span(&side, 1), taxonomy);
  if (const auto profile = analyzer::stack_profile(std::span(&labelled, 1), {}))
    (void)analyzer::pprof_gz(*profile, taxonomy);
}

void show_summaries(const std::string& path) {
  const auto& taxonomy = analyzer::Taxonomy::built_in();
  const auto run = analyzer::load_run(path, analyzer::RowSource::kSummaries);
  if (!run) return;
  for (const char* name : {"text", "json"}) {
    const analyzer::Format& format = *analyzer::format_named(name);
    (void)format.render(analyzer::info_document(*run, format.detail));
  }
  const auto labelled = analyzer::label(*run, taxonomy);
  report_all(labelled, {});
  if (auto events = analyzer::EventReader::open(path)) (void)analyzer::perfetto_trace(*run, taxonomy, *events);
  query_all(labelled);
}

void show_events(const std::string& path) {
  analyzer::ReportOptions options;
  options.from_events = true;
  if (const auto run = analyzer::load_run(path, analyzer::RowSource::kEvents))
    report_all(analyzer::label(*run, analyzer::Taxonomy::built_in()), options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  if (!file.whole()) return 0;
  show_summaries(file.path());
  show_events(file.path());
  return 0;
}
