// SPDX-License-Identifier: GPL-2.0-or-later
// The tables that `perf lock contention` and `perf lock report` print for people.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "import/importers.h"
#include "import/line_input.h"
#include "import/numbers.h"
#include "import/perf_lock_sums.h"
#include "import/words.h"

namespace socklock::imports {
namespace {

enum class Kind { kCount, kTime, kWord, kRest };
struct Column {
  std::string_view name;  // as perf heads it
  Kind kind;
};
// Heads hold blanks: the longer ones are looked for first. perf lock report's first column is "Name".
constexpr std::array<Column, 14> kColumns{{{"contended", Kind::kCount},
                                           {"acquired", Kind::kCount},
                                           {"total wait", Kind::kTime},
                                           {"max wait", Kind::kTime},
                                           {"min wait", Kind::kTime},
                                           {"avg wait", Kind::kTime},
                                           {"type", Kind::kWord},
                                           {"caller", Kind::kRest},
                                           {"address", Kind::kWord},
                                           {"symbol", Kind::kRest},
                                           {"pid", Kind::kCount},
                                           {"comm", Kind::kRest},
                                           {"owner", Kind::kRest},
                                           {"cgroup", Kind::kRest}}};

// The columns that a line of heads names, if it is one.
std::vector<Column> parse_heads(std::string_view line) {
  std::vector<Column> columns;
  line = trimmed(line);
  if (line.starts_with("Name ")) {
    columns.push_back({"name", Kind::kRest});
    line = trimmed(line.substr(4));
  }
  while (!line.empty()) {
    const auto* const column =
        std::find_if(kColumns.begin(), kColumns.end(), [line](const Column& c) { return line.starts_with(c.name); });
    if (column == kColumns.end()) return {};
    columns.push_back(*column);
    line = trimmed(line.substr(column->name.size()));
    // "avg wait (ns)", of perf before 5.18.
    if (line.starts_with("(ns)")) line = trimmed(line.substr(4));
  }
  const auto has_time = [](const Column& c) { return c.kind == Kind::kTime; };
  return std::any_of(columns.begin(), columns.end(), has_time) ? columns : std::vector<Column>();
}

// "6.41" and "s", "850" and "ns", "2.0" and "m"; in ns.
std::optional<std::uint64_t> time_of(std::string_view figure, std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  const auto value = decimal(figure);
  const auto* const known =
      std::find_if(kUnits.begin(), kUnits.end(), [unit](const auto& entry) { return entry.first == unit; });
  constexpr double kMostNs = 9e18;
  if (!value || known == kUnits.end() || *value * known->second > kMostNs) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*value * known->second));
}

bool is_count(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes the cell of a column off one end of `text`; a time is a figure and its unit, or a figure in ns.
class Cells {
 public:
  Cells(std::string_view text, bool old_times) : text_(text), old_times_(old_times) {}

  bool take(const Column& column, bool from_left, PerfLockRow& row) {
    std::string& cell = row[std::string(column.name)];
    if (column.kind == Kind::kRest) {
      cell = trimmed(std::exchange(text_, {}));
      return true;
    }
    const std::string_view word = from_left ? take_word(text_) : pop_word(text_);
    if (column.kind != Kind::kTime || old_times_) {
      cell = word;
      return column.kind == Kind::kWord ? !word.empty() : is_count(word) || (column.name == "pid" && word == "-1");
    }
    const std::string_view other = from_left ? take_word(text_) : pop_word(text_);
    const auto ns = from_left ? time_of(word, other) : time_of(other, word);
    if (ns) cell = std::to_string(*ns);
    return ns.has_value();
  }

 private:
  std::string_view text_;
  bool old_times_;
};

// Columns before the one that may hold blanks are read from the left, those behind it from the right.
std::optional<PerfLockRow> parse_row(std::string_view line, const std::vector<Column>& columns, bool old_times) {
  PerfLockRow row;
  Cells cells(line, old_times);
  std::size_t left = 0;
  while (left < columns.size() && columns[left].kind != Kind::kRest)
    if (!cells.take(columns[left++], true, row)) return std::nullopt;
  for (std::size_t right = columns.size(); right > left + 1; --right)
    if (!cells.take(columns[right - 1], false, row)) return std::nullopt;
  if (left < columns.size()) cells.take(columns[left], true, row);
  // "rtnl_mutex (mutex)"
  if (const auto symbol = row.find("symbol"); symbol != row.end())
    if (const std::size_t open = symbol->second.rfind('('); open != std::string::npos && symbol->second.back() == ')') {
      row["type"] = symbol->second.substr(open + 1, symbol->second.size() - open - 2);
      symbol->second = trimmed(std::string(symbol->second.substr(0, open)));
    }
  return row;
}

// Lines of a frame that -v prints below a row: "\t\t\t0xffffffff81001234  tcp_v4_rcv+0x1f".
bool is_frame(std::string_view line) { return line.starts_with("\t") && trimmed(line).starts_with("0x"); }

class TableImport {
 public:
  TableImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer), sums_(builder_) {}

  Result<ImportResult> run(std::istream& in) {
    trace::v1::Header header =
        aggregate_header(kPerfLockTable, options_, 1,
                         {"how waits were distributed: perf printed sums, so there are no quantiles",
                          "sums to the nanosecond: perf printed three or more digits of them",
                          "what locks are, work done meanwhile, waits for socket owners, spinlock mode"});
    SOCKLOCK_TRY(writer_.write(header));
    LineInput lines(in, options_.input_name);
    while (lines.next()) SOCKLOCK_TRY(take(lines.line(), lines.number()));
    SOCKLOCK_TRY(lines.status());
    SOCKLOCK_TRY(end_row());
    if (columns_.empty())
      return fail({"no table of perf lock contention or report", "'" + options_.input_name + "'",
                   "it has a line of heads: contended, total wait, max wait, ...", ExitCode::kBadInput});
    return sums_.finish(header, options_, skipped_);
  }

 private:
  Result<void> take(const std::string& line, std::uint64_t number) {
    if (auto heads = parse_heads(line); !heads.empty()) {
      SOCKLOCK_TRY(end_row());
      columns_ = std::move(heads);
      old_times_ = line.find("wait (ns)") != std::string::npos;
      return {};
    }
    if (row_ && is_frame(line)) {
      (row_->second["stacktrace"] += trimmed(line)) += ':';
      return {};
    }
    SOCKLOCK_TRY(end_row());
    if (line.find_first_not_of(kBlanks) == std::string::npos || take_loss(line)) return {};
    if (columns_.empty()) {
      ++skipped_;
      return {};
    }
    auto row = parse_row(line, columns_, old_times_);
    if (row)
      row_ = {number, *std::move(row)};
    else if (looks_like_row(line))
      return fail(unreadable(number));
    else
      ++skipped_;
    return {};
  }

  // A row waits for the frames that may follow it.
  Result<void> end_row() {
    if (!row_) return {};
    const auto [number, row] = *std::exchange(row_, std::nullopt);
    return sums_.add(row) ? Result<void>() : fail(unreadable(number));
  }

  // "bad: 10, total: 2253", and by what was bad about them.
  bool take_loss(const std::string& line) {
    if (!line.starts_with("bad: ")) return false;
    std::uint64_t bad = 0;
    std::from_chars(line.data() + 5, line.data() + line.size(), bad);
    sums_.count_lost(bad);
    return true;
  }

  // Rows have times with a unit, which what perf's command printed has not.
  [[nodiscard]] bool looks_like_row(std::string_view line) const {
    if (old_times_) return is_count(pop_word(line));
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      std::string_view rest = line;
      if (time_of(word, take_word(rest))) return true;
    }
    return false;
  }

  [[nodiscard]] Error unreadable(std::uint64_t number) const {
    const auto has = [this](std::string_view name) {
      return std::any_of(columns_.begin(), columns_.end(), [name](const Column& c) { return c.name == name; });
    };
    const bool lacks = !has("contended") || !has("total wait");
    return {lacks ? "the columns contended and total wait are not both there" : "a row that can't be read",
            fmt::format("line {} of '{}'", number, options_.input_name),
            "perf lock contention prints what can be (with -F contended,wait_total,wait_max)", ExitCode::kBadInput};
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  PerfLockSums sums_;
  std::vector<Column> columns_;
  bool old_times_ = false;                                    // whole ns, as perf before 5.18 printed them
  std::optional<std::pair<std::uint64_t, PerfLockRow>> row_;  // with the number of its line
  std::uint64_t skipped_ = 0;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return TableImport(options, writer).run(in);
}

bool recognises(std::string_view head) {
  while (!head.empty())
    if (!parse_heads(take_line(head)).empty()) return true;
  return false;
}

}  // namespace

const Importer kPerfLockTable{.name = "perf-lock-table",
                              .reads = "table of perf lock contention or perf lock report",
                              .recognises = recognises,
                              .import = import_text,
                              .knows = {.duration = false,
                                        .distribution = false,
                                        .work = false,
                                        .acquisitions = false,
                                        .acquisition_paths = false,
                                        .holds = false}};

}  // namespace socklock::imports
