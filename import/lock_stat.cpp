// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/lock_stat (kernel/locking/lockdep_proc.c), also as mail and web pages have wrapped it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "import/aggregate_row.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/numbers.h"
#include "import/trace_builder.h"
#include "import/words.h"
#include "proto/rows.h"

namespace socklock::imports {
namespace {

// A line "class: con-bounces contentions waittime-min -max -total -avg ...", times in microseconds.
struct ClassLine {
  std::string name;
  std::uint8_t flags = 0;  // LCB_F_READ, LCB_F_WRITE
  std::uint64_t contentions = 0, acquisitions = 0;
  double min_us = 0, max_us = 0, total_us = 0;
  double hold_max_us = 0, hold_total_us = 0;
};

// Who waited: "class count [<address>] function+0x1/0x2 [module]".
struct Point {
  ImportedFunction function;
  std::uint64_t contentions = 0;
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

std::optional<double> figure(const std::string& word) {
  constexpr double kMost = 1e17;  // of a time in µs: 3000 years
  const auto value = decimal(word);
  return value && *value <= kMost ? value : std::nullopt;
}

std::uint64_t count_of(double value) { return static_cast<std::uint64_t>(std::llround(value)); }
std::uint64_t ns(double us) { return count_of(us * 1000); }

bool is_ruler(std::string_view line, char of) {
  const std::size_t begin = line.find_first_not_of(kBlanks);
  return begin != std::string_view::npos && line.find_first_not_of(of, begin) == std::string_view::npos &&
         line.size() - begin > 2;
}

// The columns behind "class name", in their order: version 0.3 lacks the averages.
class Columns {
 public:
  void add(std::string_view line) {
    for (std::string& word : words_of(line))
      if (word != "class" && word != "name") names_.push_back(std::move(word));
  }
  [[nodiscard]] bool complete() const { return has("contentions") && has("waittime-total"); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] double value(const std::vector<double>& figures, std::string_view name) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    return at == names_.end() ? 0 : figures[static_cast<std::size_t>(at - names_.begin())];
  }

 private:
  [[nodiscard]] bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  std::vector<std::string> names_;
};

// Names may hold colons and blanks: the figures are what follows the last colon.
std::optional<ClassLine> parse_class(const std::string& line, const Columns& columns) {
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string::npos) return std::nullopt;
  std::vector<double> figures;
  for (const std::string& word : words_of(line.substr(colon + 1))) {
    const auto value = figure(word);
    if (!value) return std::nullopt;
    figures.push_back(*value);
  }
  if (figures.size() != columns.size()) return std::nullopt;
  ClassLine parsed;
  const std::size_t begin = line.find_first_not_of(kBlanks);
  parsed.name = line.substr(begin, colon - begin);
  if (parsed.name.ends_with("-R")) parsed.flags = 2;
  if (parsed.name.ends_with("-W")) parsed.flags = 4;
  if (parsed.flags != 0) parsed.name.resize(parsed.name.size() - 2);
  parsed.contentions = count_of(columns.value(figures, "contentions"));
  if (parsed.contentions > kMostWaits) return std::nullopt;
  parsed.acquisitions = count_of(columns.value(figures, "acquisitions"));
  parsed.min_us = columns.value(figures, "waittime-min");
  parsed.max_us = columns.value(figures, "waittime-max");
  parsed.total_us = columns.value(figures, "waittime-total");
  parsed.hold_max_us = columns.value(figures, "holdtime-max");
  parsed.hold_total_us = columns.value(figures, "holdtime-total");
  return parsed;
}

std::optional<Point> parse_point(const std::string& line) {
  const std::size_t bracket = line.find("[<"), end = line.find(">]");
  if (bracket == std::string::npos || end == std::string::npos || end < bracket) return std::nullopt;
  const auto head = words_of(line.substr(0, bracket)), tail = words_of(line.substr(end + 2));
  if (head.size() < 2 || tail.empty()) return std::nullopt;
  const auto contentions = figure(head.back());
  if (!contentions) return std::nullopt;
  Point point;
  point.contentions = count_of(*contentions);
  point.function.symbol = tail[0].substr(0, tail[0].find("+0x"));
  if (point.function.symbol.empty() || point.function.symbol.starts_with("0x")) point.function.symbol = "[unnamed]";
  if (tail.size() > 1 && tail[1].starts_with('[') && tail[1].ends_with(']'))
    point.function.module = tail[1].substr(1, tail[1].size() - 2);
  return point;
}

class LockStatImport {
 public:
  LockStatImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer) {}

  Result<ImportResult> run(std::istream& in) {
    trace::v1::Header header =
        aggregate_header(kLockStat, options_, 2,
                         {"how waits were distributed: /proc/lock_stat has sums, so there are no quantiles",
                          "the wait of single functions: a class's wait is shared out by how often each waited",
                          "call paths of acquisitions and holds; of waits, the function that took the lock is all",
                          "of what kind locks are; work done meanwhile"});
    SOCKLOCK_TRY(writer_.write(header));
    LineInput lines(in, options_.input_name);
    while (lines.next()) {
      line_ = lines.number();
      SOCKLOCK_TRY(take(lines.line()));
    }
    SOCKLOCK_TRY(lines.status());
    SOCKLOCK_TRY(end_entry());
    end_class();
    if (!in_body_ && columns_.size() == 0)
      return fail({"not the content of /proc/lock_stat", "'" + options_.input_name + "'",
                   "it begins with 'lock_stat version'; the kernel needs CONFIG_LOCK_STAT", ExitCode::kBadInput});
    if (!columns_.complete()) return fail(cut_off());
    add_counting_probes(header, acquired_, "lock_stat");
    for (auto& probe : *header.mutable_recorder()->mutable_probes()) probe.set_measures_holds(true);
    return finish_aggregates(builder_, header, options_, 0, 0);
  }

 private:
  Result<void> take(const std::string& line) {
    if (line.find("*WARNING*") != std::string::npos)
      return fail({"the kernel says that it had stopped counting: lock debugging was disabled",
                   fmt::format("line {} of '{}'", line_, options_.input_name),
                   "a lockdep warning disables it until the next boot (dmesg has the warning); boot, then echo 0 "
                   ">/proc/lock_stat, run the load, and read it again",
                   ExitCode::kBadInput});
    if (line.find_first_not_of(kBlanks) == std::string::npos) return end_entry();
    // Rulers: of dots between classes, of dashes before waiters and then before holders. A wrapped one is several
    // lines.
    const bool dashes = is_ruler(line, '-');
    if (dashes || is_ruler(line, '.')) {
      SOCKLOCK_TRY(end_entry());
      in_body_ = in_body_ || columns_.size() > 0;
      if (!dashes) end_class();
      if (dashes && !in_ruler_ && !classes_.empty()) ++rulers_;
      in_ruler_ = dashes;
      return {};
    }
    in_ruler_ = false;
    if (in_body_) return take_text(line);
    // Before the heads: the version, or what a shell printed.
    if (columns_.size() > 0 || line.find("con-bounces") != std::string::npos) columns_.add(line);
    return {};
  }

  // An entry that a line does not complete goes on in the next: the text was wrapped.
  Result<void> take_text(const std::string& line) {
    if (!columns_.complete()) return fail(cut_off());
    if (entry_.empty()) entry_line_ = line_;
    (entry_ += ' ') += line;
    if (const auto point = parse_point(entry_)) {
      entry_.clear();
      if (rulers_ == 1) points_.push_back(*point);
    } else if (const auto parsed = parse_class(entry_, columns_)) {
      entry_.clear();
      if (!classes_.empty() && rulers_ > 0) end_class();
      classes_.push_back(*parsed);
      rulers_ = 0;
    }
    return {};
  }

  Result<void> end_entry() {
    if (entry_.empty()) return {};
    return fail({"a row that is neither a class of locks nor one of its functions: lines are cut or wrapped",
                 fmt::format("line {} of '{}'", entry_line_, options_.input_name),
                 "cat /proc/lock_stat >FILE writes it as it is", ExitCode::kBadInput});
  }

  [[nodiscard]] Error cut_off() const {
    return {"the columns contentions and waittime-total are not there", "'" + options_.input_name + "'",
            "cat /proc/lock_stat >FILE writes it as it is", ExitCode::kBadInput};
  }

  // Readers and writers of a class share its points.
  void end_class() {
    std::uint64_t all = 0, points = 0;
    for (const ClassLine& line : classes_) all += line.contentions;
    for (const Point& point : points_) points += point.contentions;
    for (const ClassLine& line : classes_) {
      std::uint64_t left = line.contentions, left_ns = ns(line.total_us);
      for (const Point& point : points_) {
        const double share = static_cast<double>(point.contentions) / static_cast<double>(std::max(all, points));
        const auto part = std::min(left, count_of(share * static_cast<double>(line.contentions)));
        const std::uint64_t part_ns = part == 0      ? 0
                                      : part == left ? left_ns
                                                     : std::min(left_ns, ns(share * line.total_us));
        add(line, part, part_ns, &point.function);
        left -= part;
        left_ns -= part_ns;
      }
      add(line, left, left_ns, nullptr);
      add_acquisitions(line);
    }
    classes_.clear();
    points_.clear();
    rulers_ = 0;
  }

  void add(const ClassLine& line, std::uint64_t contentions, std::uint64_t wait_ns, const ImportedFunction* function) {
    if (contentions == 0) return;
    ImportedSums sums{contentions, wait_ns, ns(line.min_us), ns(line.max_us)};
    // lockdep says of readers and writers that they are such; and what stands for a socket's owner (net/core/sock.c).
    const bool is_owner = line.name.starts_with("sk_lock-") || line.name.starts_with("k-sk_lock-");
    sums.flags = is_owner ? trace::kFlagOwnerWait : static_cast<std::uint8_t>(trace::kFlagKindUnknown | line.flags);
    sums.lock = builder_.lock_named(line.name);
    if (function != nullptr) sums.stack = builder_.stack({*function});
    add_sums(builder_, sums);
  }

  // Of the class as a whole: no function, no path.
  void add_acquisitions(const ClassLine& line) {
    if (line.acquisitions == 0) return;
    const std::string function = "lock:" + line.name;
    acquired_.insert(function);
    builder_.add_calls(function, 0, std::uint8_t{trace::v1::CONTEXT_TASK}, line.acquisitions);
    trace::HoldRow hold;
    hold.context = trace::v1::CONTEXT_TASK;
    hold.samples = hold.weight = line.acquisitions;
    hold.hold_ns = ns(line.hold_total_us);
    hold.max_ns = ns(line.hold_max_us);
    builder_.add_hold(function, std::move(hold));
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  Columns columns_;
  std::vector<ClassLine> classes_;
  std::vector<Point> points_;
  std::set<std::string> acquired_;
  std::string entry_;  // begun, not complete
  std::uint64_t line_ = 1, entry_line_ = 0;
  int rulers_ = 0;
  bool in_ruler_ = false, in_body_ = false;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return LockStatImport(options, writer).run(in);
}

bool recognises(std::string_view head) {
  return head.find("con-bounces") != std::string_view::npos || head.starts_with("lock_stat version");
}

}  // namespace

const Importer kLockStat{
    .name = "lock-stat",
    .reads = "/proc/lock_stat",
    .recognises = recognises,
    .import = import_text,
    .knows = {.duration = false, .distribution = false, .work = false, .acquisition_paths = false}};

}  // namespace socklock::imports
