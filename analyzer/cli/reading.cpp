// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"

#include "analyzer/cli/arguments.h"
#include "analyzer/cli/progress_line.h"
#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

class ReadingLine {
 public:
  explicit ReadingLine(const std::vector<std::string>& paths) : line_(bytes_of(paths)) {}

  LoadOptions options(const Arguments& arguments, RowSource source = RowSource::kSummaries) {
    LoadOptions options{.source = source, .budget_bytes = arguments.max_unpacked_bytes};
    if (line_.is_on())
      options.progress = [this](std::uint64_t bytes_read) {
        line_.show(bytes_read);
        return true;
      };
    return options;
  }

 private:
  ProgressLine line_;
};

}  // namespace

Result<Run> read_run(const std::string& path, const Arguments& arguments, RowSource source) {
  ReadingLine line({path});
  auto run = load_run(path, line.options(arguments, source));
  // Of a pipe a copy is read, whose name says nothing.
  if (arguments.files.size() != 1 || arguments.files.front() != "-") return run;
  constexpr const char* kStandardInput = "standard input";
  if (!run) return fail({run.error().what, kStandardInput, run.error().hint, run.error().exit_code});
  run->path = kStandardInput;
  return run;
}

Result<std::vector<LabelledRun>> read_runs(const std::vector<std::string>& paths, const Taxonomy& taxonomy,
                                           const Arguments& arguments) {
  ReadingLine line(paths);
  return load_runs(paths, taxonomy, line.options(arguments));
}

Result<TwoSides> read_sides(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const Arguments& arguments) {
  std::vector<std::string> paths = before;
  paths.insert(paths.end(), after.begin(), after.end());
  ReadingLine line(paths);
  return load_sides(before, after, taxonomy, line.options(arguments));
}

}  // namespace socklock::analyzer
