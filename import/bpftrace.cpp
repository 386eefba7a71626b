// SPDX-License-Identifier: GPL-2.0-or-later
// Maps that bpftrace printed, of a script that sums waits: stats() by stack, command or lock, or a count() and a sum()
// of the same keys. Which events a script looked at is its author's to know.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "import/aggregate_row.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/numbers.h"
#include "import/perf_script_line.h"
#include "import/words.h"
#include "proto/rows.h"

namespace socklock::imports {
namespace {

// "count 13, average 21008, total 273109", or one number.
struct Value {
  std::optional<std::uint64_t> count, total, single;
};

Value parse_value(std::string_view text) {
  Value value;
  value.single = number(text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(", "), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.starts_with("count ")) value.count = number(part.substr(6));
    if (part.starts_with("total ")) value.total = number(part.substr(6));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return value;
}

struct Map {
  std::map<std::string, Value> values;  // by key, as printed
  bool repeated = false;
  [[nodiscard]] bool is_stats() const {
    return !values.empty() && std::all_of(values.begin(), values.end(),
                                          [](const auto& entry) { return entry.second.count && entry.second.total; });
  }
  [[nodiscard]] bool is_numbers() const {
    return !values.empty() &&
           std::all_of(values.begin(), values.end(), [](const auto& entry) { return entry.second.single.has_value(); });
  }
  [[nodiscard]] bool has_stacks() const { return values.begin()->first.find('\n') != std::string::npos; }
};

// What stands between the underscores of a map's name.
bool has_word(std::string_view name, std::initializer_list<std::string_view> words) {
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_'), name.size());
    if (std::find(words.begin(), words.end(), name.substr(0, end)) != words.end()) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

std::uint64_t unit_ns(std::string_view name) {
  if (has_word(name, {"us", "usec", "usecs"})) return 1000;
  return has_word(name, {"ms", "msec", "msecs"}) ? 1'000'000 : 1;
}

// A key's frames, and of what else it holds a lock's address and a command.
struct Key {
  std::vector<ImportedFunction> stack;
  std::uint64_t lock = 0;
  std::string comm;
};

// "tcp_v4_rcv+720"; of kstack(perf) with an address before it.
ImportedFunction frame_of(std::string_view line) {
  if (const auto frame = parse_script_frame(line)) return *frame;
  line = trimmed(line);
  line = line.substr(0, line.rfind('+'));
  return {line.empty() || line.starts_with("0x") ? std::string(kUnnamed) : std::string(line), ""};
}

Key parse_key(const std::string& text) {
  Key key;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    if (line.starts_with("    ")) {
      key.stack.push_back(frame_of(line));
      continue;
    }
    while (!line.empty()) {
      const std::size_t end = std::min(line.find(','), line.size());
      const std::string_view part = trimmed(line.substr(0, end));
      if (part.starts_with("0x"))
        key.lock = number(part.substr(2), 16).value_or(0);
      else if (!part.empty() && !number(part))
        key.comm = part;
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return key;
}

class MapsImport {
 public:
  MapsImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer) {}

  Result<ImportResult> run(std::istream& in) {
    trace::v1::Header header = aggregate_header(
        kBpftrace, options_, 1,
        {"how waits were distributed: there are sums only, so no quantiles",
         "which waits the script looked at; what locks are, work done meanwhile, waits for socket owners"});
    SOCKLOCK_TRY(writer_.write(header));
    LineInput lines(in, options_.input_name);
    while (lines.next()) take(lines.line());
    SOCKLOCK_TRY(lines.status());
    if (const auto* stats = best_stats()) {
      SOCKLOCK_TRY(check_once(*stats));
      for (const auto& [key, value] : stats->second.values)
        SOCKLOCK_TRY(add(key, *value.count, *value.total, unit_ns(stats->first)));
    } else if (const auto pair = count_and_sum()) {
      SOCKLOCK_TRY(check_once(*pair->first));
      SOCKLOCK_TRY(check_once(*pair->second));
      for (const auto& [key, value] : pair->first->second.values)
        SOCKLOCK_TRY(
            add(key, *value.single, *pair->second->second.values.at(key).single, unit_ns(pair->second->first)));
    } else {
      return fail({"bpftrace's maps have no sums of waits beside their counts", "'" + options_.input_name + "'",
                   "@wait_ns[kstack] = stats(nsecs - @begin[tid]), from contention_begin to _end, has both",
                   ExitCode::kBadInput});
    }
    return finish_aggregates(builder_, header, options_, 0, 0);
  }

 private:
  using Entry = std::pair<const std::string, Map>;

  // "@x: 5", "@x[nginx]: 5", or a key that goes on over lines of frames: "@x[", "    tcp_v4_rcv+720", ", nginx]: 5".
  void take(const std::string& line) {
    if (line.starts_with("@") && !open_) {
      const std::size_t end = std::min(line.find_first_of("[:"), line.size());
      name_ = line.substr(1, end - 1);
      open_ = line.size() > end && line[end] == '[';
      text_ = open_ ? line.substr(end + 1) : "]" + line.substr(end);
    } else if (open_) {
      (text_ += '\n') += line;
    } else {
      return;
    }
    // Of the end of a key only the last line can have it: hostile text goes on for gigabytes.
    const std::size_t end_of_line = text_.rfind('\n'), last = end_of_line == std::string::npos ? 0 : end_of_line + 1;
    const std::size_t in_last = std::string_view(text_).substr(last).rfind("]:");
    if (in_last == std::string_view::npos) return;
    const std::size_t close = last + in_last;
    open_ = false;
    Map& map = maps_[name_];
    const bool is_new =
        map.values.emplace(text_.substr(0, close), parse_value(trimmed(text_.substr(close + 2)))).second;
    map.repeated = map.repeated || !is_new;
  }

  // Maps of one script are views of the same waits: one is taken, the one that says most.
  [[nodiscard]] const Entry* best_stats() const {
    const Entry* best = nullptr;
    for (const Entry& entry : maps_)
      if (entry.second.is_stats() && (best == nullptr || (entry.second.has_stacks() && !best->second.has_stacks())))
        best = &entry;
    return best;
  }

  [[nodiscard]] std::optional<std::pair<const Entry*, const Entry*>> count_and_sum() const {
    const auto same_keys = [](const Map& a, const Map& b) {
      return std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                        [](const auto& x, const auto& y) { return x.first == y.first; });
    };
    for (const Entry& count : maps_)
      for (const Entry& sum : maps_)
        if (has_word(count.first, {"count", "counts", "cnt", "n", "num", "waits", "contentions"}) &&
            has_word(sum.first, {"sum", "total", "ns", "us", "ms", "nsecs", "usecs", "time", "wait"}) &&
            &count != &sum && count.second.is_numbers() && sum.second.is_numbers() &&
            same_keys(count.second, sum.second))
          return {{&count, &sum}};
    return std::nullopt;
  }

  [[nodiscard]] Result<void> check_once(const Entry& entry) const {
    if (!entry.second.repeated) return {};
    return fail(
        {fmt::format("the map @{} was printed more than once, and which of its values count is not known", entry.first),
         "'" + options_.input_name + "'", "leave the last print of it", ExitCode::kBadInput});
  }

  Result<void> add(const std::string& text, std::uint64_t count, std::uint64_t total, std::uint64_t unit_ns) {
    if (count > kMostWaits || total > UINT64_MAX / unit_ns / 2)
      return fail({fmt::format("more waits than any machine has, or longer ones: {}, of {}", count, total),
                   "'" + options_.input_name + "'", "", ExitCode::kBadInput});
    if (count == 0) return {};
    const std::uint64_t wait_ns = total * unit_ns;
    const Key key = parse_key(text);
    ImportedSums sums{count, wait_ns, {}, {}};
    sums.flags = trace::kFlagKindUnknown;
    sums.stack = builder_.stack(key.stack);
    if (key.lock != 0) sums.lock = builder_.lock(key.lock);
    add_sums(builder_, sums);
    if (key.comm.empty() || count > UINT32_MAX) return {};
    // Single waits are not known: one of the mean length stands for all of a command.
    ImportedWait wait;
    wait.wait_ns = wait.end_ns = wait_ns / count;
    wait.flags = trace::kFlagKindUnknown;
    wait.stack = sums.stack;
    wait.thread = builder_.thread(0, 0, key.comm);
    builder_.add_sample(wait, static_cast<std::uint32_t>(count));
    return {};
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  std::map<std::string, Map> maps_;
  std::string name_, text_;  // of the entry that is being read
  bool open_ = false;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return MapsImport(options, writer).run(in);
}

bool recognises(std::string_view head) {
  while (!head.empty()) {
    const std::string_view line = take_line(head);
    if (line.starts_with("@") && line.find_first_of("[:") != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

const Importer kBpftrace{.name = "bpftrace",
                         .reads = "maps that bpftrace printed: stats() of waits, or a count() and a sum()",
                         .recognises = recognises,
                         .import = import_text,
                         .knows = {.duration = false,
                                   .distribution = false,
                                   .work = false,
                                   .acquisitions = false,
                                   .acquisition_paths = false,
                                   .holds = false}};

}  // namespace socklock::imports
