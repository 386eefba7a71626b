// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "import/aggregate_row.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/trace_builder.h"

namespace socklock::imports {
namespace {

// A line of debug.lock.prof.stats (sys/kern/subr_lock.c): times in microseconds.
struct LockProfLine {
  std::uint64_t hold_max_us = 0, hold_us = 0;
  std::uint64_t wait_max_us = 0, wait_us = 0, acquisitions = 0, contentions = 0;
  std::string place;  // "tcp_input.c:1013"
  std::string type;   // "rw", "sleep mutex", "spin mutex", "sx", "lockmgr"
  std::string lock;
};

struct Columns {
  std::size_t numbers = 0;
  std::optional<std::size_t> wait_max;  // not before FreeBSD 8
};

// "max wait_max total wait_total count avg wait_avg cnt_hold cnt_lock name"
std::optional<Columns> parse_heading(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  if (words.size() < 2 || words.back() != "name" || std::find(words.begin(), words.end(), "wait_total") == words.end())
    return std::nullopt;
  Columns columns;
  columns.numbers = words.size() - 1;
  if (const auto at = std::find(words.begin(), words.end(), "wait_max"); at != words.end())
    columns.wait_max = static_cast<std::size_t>(at - words.begin());
  return columns.numbers == (columns.wait_max ? 9 : 8) ? std::optional(columns) : std::nullopt;
}

std::optional<LockProfLine> parse_lock_prof_line(const std::string& text, const Columns& columns) {
  std::istringstream in(text);
  std::vector<std::uint64_t> numbers(columns.numbers);
  for (auto& number : numbers)
    if (!(in >> number) || number > (std::uint64_t{1} << 43U)) return std::nullopt;
  std::string name;
  std::getline(in, name);
  // "../../netinet/tcp_input.c:1013 (rw:tcp)", "/usr/src/sys/vm/vm_map.c:2945 (sx:vm map (user))"
  const std::size_t open = name.find(" ("), end = name.rfind(')');
  const std::size_t colon = name.find(':', open == std::string::npos ? name.size() : open);
  if (colon == std::string::npos || end == std::string::npos || end < colon) return std::nullopt;
  LockProfLine line;
  line.type = name.substr(open + 2, colon - open - 2);
  line.lock = name.substr(colon + 1, end - colon - 1);
  line.place = name.substr(0, open);
  line.place.erase(0, line.place.find_last_of("/ \t") + 1);
  const std::size_t shift = columns.wait_max ? 1 : 0;
  line.wait_max_us = columns.wait_max ? numbers[*columns.wait_max] : 0;
  line.hold_max_us = numbers[0];
  line.hold_us = numbers[1 + shift];
  line.wait_us = numbers[2 + shift];
  line.acquisitions = numbers[3 + shift];
  line.contentions = numbers[7 + shift];
  const bool sane = !line.lock.empty() && !line.place.empty() && line.contentions <= UINT32_MAX;
  return sane ? std::optional(line) : std::nullopt;
}

// Microseconds, each rounded down, of all acquisitions by this line.
trace::HoldRow hold_of(const LockProfLine& line) {
  trace::HoldRow hold;
  hold.samples = hold.weight = line.acquisitions;
  hold.hold_ns = line.hold_us * 1000;
  hold.max_ns = std::min(line.hold_max_us, line.hold_us) * 1000;
  return hold;
}

std::uint8_t flags_of_type(const std::string& type) {
  if (type == "spin mutex") return 1;
  return type.find("mutex") != std::string::npos ? 32 : trace::kFlagKindUnknown;
}

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  trace::v1::Header header = aggregate_header(
      kLockProf, options, 2,
      {"how waits were distributed: there are sums only, so no quantiles",
       "call paths: the line that took the lock is known, and not who called it, so that only files of one path, "
       "such as tcp_input.c, tell it",
       "all of it, where debug.lock.prof.skipcount or .rejected is not 0: then the kernel left out acquisitions",
       "readers under epoch or SMR (FreeBSD 12 and later): not observable",
       "work done meanwhile; a kernel with LOCK_PROFILING is slower than others"});
  SOCKLOCK_TRY(writer.write(header));
  TraceBuilder builder(writer);
  std::optional<Columns> columns;
  std::set<std::string> acquired;
  std::uint64_t skipped = 0;
  LineInput lines(in, options.input_name);
  while (lines.next()) {
    const std::string& text = lines.line();
    if (const auto heading = parse_heading(text)) {
      columns = heading;
      continue;
    }
    const auto line = columns ? parse_lock_prof_line(text, *columns) : std::nullopt;
    if (!line) {
      const bool is_name = text.starts_with("debug.lock.prof.stats");
      if (!is_name && text.find_first_not_of(" \t\r") != std::string::npos) ++skipped;
      continue;
    }
    // The lock, and the line that took it, which tells the call path where a file is of one.
    const std::string function = "lock:" + line->lock + "@" + line->place;
    builder.add_calls(function, 0, std::uint8_t{trace::v1::CONTEXT_TASK}, line->acquisitions);
    builder.add_hold(function, hold_of(*line));
    acquired.insert(function);
    if (line->contentions == 0) continue;
    trace::SummaryRow row = aggregate_row(static_cast<std::uint32_t>(line->contentions), line->wait_us * 1000, {},
                                          line->wait_max_us * 1000);
    row.flags = flags_of_type(line->type);
    row.lock = builder.lock_named(line->lock);
    row.stack = builder.stack({{line->place, ""}});
    builder.add(std::move(row));
  }
  SOCKLOCK_TRY(lines.status());
  if (!columns)
    return fail({"not the content of debug.lock.prof.stats", "'" + options.input_name + "'",
                 "its first line names the columns: max wait_max total wait_total count ... name; sysctl "
                 "debug.lock.prof.stats prints it, on a kernel with options LOCK_PROFILING",
                 ExitCode::kBadInput});
  add_counting_probes(header, acquired, "LOCK_PROFILING");
  for (auto& probe : *header.mutable_recorder()->mutable_probes()) probe.set_measures_holds(true);
  return finish_aggregates(builder, header, options, 0, skipped);
}

bool recognises(std::string_view head) {
  constexpr int kLines = 20;
  for (int line = 0; line < kLines && !head.empty(); ++line)
    if (parse_heading(std::string(take_line(head)))) return true;
  return false;
}

}  // namespace

const Importer kLockProf{
    .name = "lock-prof",
    .reads = "FreeBSD's debug.lock.prof.stats",
    .recognises = recognises,
    .import = import_text,
    .knows = {.duration = false, .distribution = false, .work = false, .system = trace::System::kFreebsd}};

}  // namespace socklock::imports
