// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/load_parts.h"

namespace socklock::analyzer {
namespace {

using Clock = std::chrono::steady_clock;

class ReadingLine {
 public:
  explicit ReadingLine(const std::vector<std::string>& paths)
      : is_on_(isatty(STDERR_FILENO) != 0), total_(is_on_ ? bytes_of(paths) : 0) {}
  ReadingLine(const ReadingLine&) = delete;
  ReadingLine& operator=(const ReadingLine&) = delete;
  ~ReadingLine() {
    if (is_shown_) fmt::print(stderr, "\r\033[K");
  }

  // Called by several threads, one of which shows it.
  LoadOptions options(RowSource source = RowSource::kSummaries) {
    LoadOptions options{.source = source};
    if (is_on_) options.progress = [this](std::uint64_t bytes_read) { return show(bytes_read); };
    return options;
  }

 private:
  bool show(std::uint64_t bytes_read) {
    const auto now = (Clock::now() - begin_).count();
    auto next = next_.load();
    if (now < next ||
        !next_.compare_exchange_strong(next, now + Clock::duration(std::chrono::milliseconds(200)).count()))
      return true;
    is_shown_ = true;
    const double share = total_ == 0 ? 1 : static_cast<double>(bytes_read) / static_cast<double>(total_);
    fmt::print(stderr, "\r\033[Kreading: {:.0f}%", 100 * std::min(share, 1.0));
    std::fflush(stderr);
    return true;
  }

  const bool is_on_;
  const std::uint64_t total_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<Clock::rep> next_ = Clock::duration(std::chrono::seconds(1)).count();
  std::atomic<bool> is_shown_ = false;
};

}  // namespace

Result<Run> read_run(const std::string& path, RowSource source) {
  ReadingLine line({path});
  return load_run(path, line.options(source));
}

Result<std::vector<LabelledRun>> read_runs(const std::vector<std::string>& paths, const Taxonomy& taxonomy) {
  ReadingLine line(paths);
  return load_runs(paths, taxonomy, line.options());
}

Result<TwoSides> read_sides(const std::vector<std::string>& before, const std::vector<std::string>& after,
                            const Taxonomy& taxonomy, Filter& filter, RowSource source) {
  std::vector<std::string> paths = before;
  paths.insert(paths.end(), after.begin(), after.end());
  ReadingLine line(paths);
  if (filter.has_range()) {
    // Where intervals begin and end is known when they were read.
    SOCKLOCK_TRY_ASSIGN(const TwoSides whole, load_sides(before, after, taxonomy, line.options()));
    filter = with_whole_intervals(filter, whole.before, whole.after);
  }
  const LoadOptions options = line.options(filter.needs_events() ? RowSource::kEvents : source);
  SOCKLOCK_TRY_ASSIGN(TwoSides sides, load_parts(before, after, taxonomy, filter, options));
  if (!filter.selects_rows()) return sides;
  for (auto* side : {&sides.before, &sides.after})
    for (LabelledRun& run : *side) run = filtered(run, taxonomy, filter);
  return sides;
}

}  // namespace socklock::analyzer
