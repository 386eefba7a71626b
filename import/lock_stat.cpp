// SPDX-License-Identifier: GPL-2.0-or-later
#include <cmath>
#include <optional>
#include <sstream>
#include <vector>

#include "import/aggregate_row.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/trace_builder.h"

namespace socklock::imports {
namespace {

// A line "class: con-bounces contentions waittime-min -max -total -avg ...", times in microseconds.
struct ClassLine {
  std::string name;
  std::uint8_t flags = 0;
  std::uint32_t contentions = 0;
  double min_us = 0, max_us = 0, total_us = 0;
};

// Who waited: "class count [<address>] function+0x1/0x2".
struct Point {
  std::string function;
  std::uint32_t contentions = 0;
};

std::optional<ClassLine> parse_class(const std::string& line) {
  // Names may hold colons and blanks: the figures are what follows the last colon.
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string::npos) return std::nullopt;
  ClassLine parsed;
  std::istringstream numbers(line.substr(colon + 1));
  double bounces = 0;
  if (!(numbers >> bounces >> parsed.contentions >> parsed.min_us >> parsed.max_us >> parsed.total_us))
    return std::nullopt;
  const std::size_t begin = line.find_first_not_of(" \t");
  parsed.name = line.substr(begin, colon - begin);
  // LCB_F_READ, LCB_F_WRITE
  if (parsed.name.ends_with("-R")) parsed.flags = 2;
  if (parsed.name.ends_with("-W")) parsed.flags = 4;
  if (parsed.flags != 0) parsed.name.resize(parsed.name.size() - 2);
  constexpr double kMostUs = 1e15;  // 30 years
  const auto is_time = [](double us) { return us >= 0 && us < kMostUs; };
  const bool is_sane = is_time(parsed.min_us) && is_time(parsed.max_us) && is_time(parsed.total_us);
  return is_sane ? std::optional(parsed) : std::nullopt;
}

std::optional<Point> parse_point(const std::string& line) {
  const std::size_t bracket = line.find("[<"), end = line.find(">]");
  if (bracket == std::string::npos || end == std::string::npos || end < bracket) return std::nullopt;
  Point point;
  std::string head = line.substr(0, bracket);
  head.erase(head.find_last_not_of(" \t") + 1);
  std::istringstream(head.substr(head.find_last_of(" \t") + 1)) >> point.contentions;
  std::istringstream(line.substr(end + 2)) >> point.function;
  point.function.resize(std::min(point.function.find("+0x"), point.function.size()));
  if (point.function.empty() || point.contentions == 0) return std::nullopt;
  return point;
}

std::uint64_t ns(double us) { return static_cast<std::uint64_t>(std::llround(us * 1000)); }

class LockStatImport {
 public:
  LockStatImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer) {}

  Result<ImportResult> run(std::istream& in) {
    trace::v1::Header header = aggregate_header(
        kLockStat, options_, 1,
        {"how waits were distributed: /proc/lock_stat has sums, so there are no quantiles",
         "the wait of single functions: a class's wait is shared out by how often each waited",
         "call paths, work done meanwhile, waits for socket owners; acquisitions and hold times, which "
         "/proc/lock_stat has, are not taken over"});
    SOCKLOCK_TRY(writer_.write(header));
    LineInput lines(in, options_.input_name);
    if (!lines.next() || !lines.line().starts_with("lock_stat version"))
      return fail({"not the content of /proc/lock_stat", "'" + options_.input_name + "'",
                   "it begins with 'lock_stat version'; the kernel needs CONFIG_LOCK_STAT", ExitCode::kBadInput});
    while (lines.next()) take(lines.line());
    SOCKLOCK_TRY(lines.status());
    end_class();
    return finish_aggregates(builder_, header, options_, 0, skipped_);
  }

 private:
  void take(const std::string& line) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos) return;
    // Rulers: of dots between classes, of dashes before waiters and then before holders.
    if (line[begin] == '.') return end_class();
    if (line.find_first_not_of('-', begin) == std::string::npos) {
      if (!classes_.empty()) ++rulers_;  // else one of those around the header
      return;
    }
    if (const auto point = parse_point(line)) {
      if (rulers_ == 1) points_.push_back(*point);
    } else if (const auto parsed = parse_class(line)) {
      if (!classes_.empty() && rulers_ > 0) end_class();
      classes_.push_back(*parsed);
    } else if (line.find("class name") == std::string::npos) {
      ++skipped_;
    }
  }

  // Readers and writers of a class share its points.
  void end_class() {
    std::uint64_t all = 0, points = 0;
    for (const ClassLine& line : classes_) all += line.contentions;
    for (const Point& point : points_) points += point.contentions;
    for (const ClassLine& line : classes_) {
      std::uint32_t left = line.contentions;
      for (const Point& point : points_) {
        const double share = static_cast<double>(point.contentions) / static_cast<double>(std::max(all, points));
        const auto part = std::min(left, static_cast<std::uint32_t>(std::lround(share * line.contentions)));
        add(line, part, point.function);
        left -= part;
      }
      add(line, left, "");
    }
    classes_.clear();
    points_.clear();
    rulers_ = 0;
  }

  void add(const ClassLine& line, std::uint32_t contentions, const std::string& function) {
    if (contentions == 0) return;
    const double share = static_cast<double>(contentions) / line.contentions;
    trace::SummaryRow row = aggregate_row(contentions, ns(share * line.total_us), ns(line.min_us), ns(line.max_us));
    row.flags = line.flags;
    row.lock = builder_.lock_named(line.name);
    if (!function.empty()) row.stack = builder_.stack({{function, ""}});
    builder_.add(std::move(row));
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  std::vector<ClassLine> classes_;
  std::vector<Point> points_;
  int rulers_ = 0;
  std::uint64_t skipped_ = 0;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return LockStatImport(options, writer).run(in);
}

bool recognises(std::string_view head) { return head.starts_with("lock_stat version"); }

}  // namespace

const Importer kLockStat{.name = "lock-stat",
                         .reads = "/proc/lock_stat",
                         .recognises = recognises,
                         .import = import_text,
                         .knows = {.duration = false,
                                   .distribution = false,
                                   .work = false,
                                   .acquisitions = false,
                                   .acquisition_paths = false,
                                   .holds = false}};

}  // namespace socklock::imports
