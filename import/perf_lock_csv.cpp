// SPDX-License-Identifier: GPL-2.0-or-later
// The output of `perf lock contention -x SEPARATOR`: by caller, thread (-t), lock (-l), owner (-o) or cgroup.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "import/importers.h"
#include "import/line_input.h"
#include "import/perf_lock_sums.h"
#include "import/words.h"
#include "proto/rows.h"

namespace socklock::imports {
namespace {

constexpr std::string_view kHead = "# output: ";

// At most `most` cells: what is behind belongs to the last, which may be a command that holds the separator.
std::vector<std::string> split(std::string_view line, std::string_view separator, std::size_t most) {
  std::vector<std::string> cells;
  for (std::size_t end = line.find(separator); end != std::string_view::npos && cells.size() + 1 < most;
       end = line.find(separator)) {
    cells.emplace_back(trimmed(line.substr(0, end)));
    line.remove_prefix(end + separator.size());
  }
  cells.emplace_back(trimmed(line));
  return cells;
}

class CsvImport {
 public:
  CsvImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer), sums_(builder_) {}

  Result<ImportResult> run(std::istream& in) {
    trace::v1::Header header =
        aggregate_header(kPerfLockCsv, options_, 1,
                         {"how waits were distributed: perf printed sums, so there are no quantiles",
                          "what locks are, work done meanwhile, waits for socket owners, spinlock mode"});
    SOCKLOCK_TRY(writer_.write(header));
    LineInput lines(in, options_.input_name);
    while (lines.next()) SOCKLOCK_TRY(take(lines.line(), lines.number()));
    SOCKLOCK_TRY(lines.status());
    if (!has_head_ && rows_ == 0)
      return fail(
          {"no row of perf lock contention", "'" + options_.input_name + "'",
           "what is wanted is the output of: perf lock contention -x, (on standard error, unless --output); a perf "
           "older than 6.6 has no -x: its table is of the format perf-lock-table",
           ExitCode::kBadInput});
    return sums_.finish(header, options_, skipped_);
  }

 private:
  Result<void> take(const std::string& line, std::uint64_t number) {
    if (line.starts_with(kHead)) {
      take_columns(line.substr(kHead.size()));
    } else if (line.starts_with("# debug:")) {
      // "# debug: total=12, bad=0, bad_task=0, ...": what perf knows that it lost.
      take_losses(line);
    } else if (!line.empty() && line.front() != '#') {
      // What perf's command printed may stand between.
      if (line.find(separator_) == std::string::npos || line.find_first_of("0123456789") != 0) {
        ++skipped_;
        return {};
      }
      const auto cells = split(line, separator_, columns_.size());
      PerfLockRow row;
      for (std::size_t i = 0; i < cells.size(); ++i) row[columns_[i]] = cells[i];
      if (!sums_.add(row)) return fail(unreadable(number));
      ++rows_;
    }
    return {};
  }

  // The separator is whatever stands between the first name and the next.
  void take_columns(const std::string& line) {
    has_head_ = true;
    for (const std::string_view first : {"contended", "total wait", "max wait", "min wait", "avg wait"}) {
      if (!line.starts_with(first)) continue;
      const std::size_t next = line.find(' ', first.size());
      if (next != std::string::npos && next > first.size()) separator_ = line.substr(first.size(), next - first.size());
    }
    columns_ = split(line, separator_, SIZE_MAX);
    // perf before 6.8 names the column of the stack with -v nowhere.
    if (columns_.back() == "caller") columns_.emplace_back("stacktrace");
  }

  void take_losses(const std::string& line) {
    const std::size_t at = line.find(" bad=");
    if (at == std::string::npos) return;
    std::uint64_t bad = 0;
    std::from_chars(line.data() + at + 5, line.data() + line.size(), bad);
    sums_.count_lost(bad);
  }

  [[nodiscard]] Error unreadable(std::uint64_t number) const {
    const auto has = [this](const char* name) {
      return std::find(columns_.begin(), columns_.end(), name) != columns_.end();
    };
    const bool lacks = !has("contended") || !has("total wait");
    return {lacks ? "the columns contended and total wait are not both there" : "a row that can't be read",
            fmt::format("line {} of '{}'", number, options_.input_name),
            "perf lock contention -x, prints what can be (with -F contended,wait_total,wait_max)", ExitCode::kBadInput};
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  PerfLockSums sums_;
  std::string separator_ = ",";
  std::vector<std::string> columns_{"contended", "total wait", "max wait", "avg wait", "type", "caller", "stacktrace"};
  bool has_head_ = false;
  std::uint64_t rows_ = 0, skipped_ = 0;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return CsvImport(options, writer).run(in);
}

// With --quiet there are no heads: "19, 194232, 21415, 10222, spinlock, __inet_hash_connect+0x1f0".
bool is_row(std::string_view line) {
  const auto cells = split(line, ",", 6);
  const auto is_number = [](const std::string& cell) {
    return !cell.empty() && cell.find_first_not_of("0123456789") == std::string::npos;
  };
  return cells.size() == 6 && std::all_of(cells.begin(), cells.begin() + 4, is_number) &&
         flags_of_perf_type(cells[4]) != trace::kFlagKindUnknown;
}

bool recognises(std::string_view head) {
  while (!head.empty())
    if (const std::string_view line = take_line(head);
        is_row(line) || (line.starts_with(kHead) && line.find(" wait") != std::string_view::npos))
      return true;
  return false;
}

}  // namespace

const Importer kPerfLockCsv{.name = "perf-lock-csv",
                            .reads = "output of perf lock contention -x,",
                            .recognises = recognises,
                            .import = import_text,
                            .knows = {.duration = false,
                                      .distribution = false,
                                      .work = false,
                                      .acquisitions = false,
                                      .acquisition_paths = false,
                                      .holds = false}};

}  // namespace socklock::imports
