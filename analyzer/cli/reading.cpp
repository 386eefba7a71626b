// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"

#include "analyzer/cli/arguments.h"
#include "analyzer/cli/progress_line.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/load_parts.h"

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

// Of a pipe a copy is read, whose name says nothing.
constexpr const char* kStandardInput = "standard input";

bool is_standard_input(const Arguments& arguments) {
  return arguments.files.size() == 1 && arguments.files.front() == "-";
}

Error as_it_was_named(Error error, const Arguments& arguments) {
  if (is_standard_input(arguments)) error.where = kStandardInput;
  return error;
}

}  // namespace

Result<Run> read_run(const std::string& path, const Arguments& arguments, RowSource source) {
  ReadingLine line({path});
  auto run = load_run(path, line.options(arguments, source));
  if (!run) return fail(as_it_was_named(std::move(run).error(), arguments));
  if (is_standard_input(arguments)) run->path = kStandardInput;
  return run;
}

Result<std::vector<LabelledRun>> read_runs(const std::vector<std::string>& paths, const Taxonomy& taxonomy,
                                           const Arguments& arguments) {
  ReadingLine line(paths);
  return load_runs(paths, taxonomy, line.options(arguments));
}

Result<TwoSides> read_sides(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, const Arguments& arguments, Filter& filter, RowSource source) {
  std::vector<std::string> paths = before;
  paths.insert(paths.end(), after.begin(), after.end());
  ReadingLine line(paths);
  if (filter.has_range()) {
    // Where intervals begin and end is known when they were read.
    SOCKLOCK_TRY_ASSIGN(const TwoSides whole, load_sides(before, after, taxonomy, line.options(arguments)));
    filter = with_whole_intervals(filter, whole.before, whole.after);
  }
  const LoadOptions options = line.options(arguments, filter.needs_events() ? RowSource::kEvents : source);
  auto sides = load_parts(before, after, taxonomy, filter, options);
  if (!sides) return fail(as_it_was_named(std::move(sides).error(), arguments));
  if (is_standard_input(arguments)) sides->before.front().run.path = kStandardInput;
  if (!filter.selects_rows()) return sides;
  for (auto* side : {&sides->before, &sides->after})
    for (LabelledRun& run : *side) run = filtered(run, taxonomy, filter);
  return sides;
}

}  // namespace socklock::analyzer
