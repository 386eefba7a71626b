// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/units.h"
#include "import/aggregate_row.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/trace_builder.h"

namespace socklock::imports {
namespace {

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" \t\r"));
  text.erase(text.find_last_not_of(" \t\r") + 1);
  return text;
}

std::vector<std::string> split(const std::string& line, const std::string& separator) {
  std::vector<std::string> cells;
  std::size_t begin = 0;
  for (std::size_t end = line.find(separator); end != std::string::npos; end = line.find(separator, begin)) {
    cells.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + separator.size();
  }
  cells.push_back(trimmed(line.substr(begin)));
  return cells;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// perf's words for LCB_F_* bits (include/trace/events/lock.h).
std::optional<std::uint8_t> flags_of(const std::string& type) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 17> kTypes{{{"semaphore", 0},
                                                                              {"spinlock", 1},
                                                                              {"rwlock", 1},
                                                                              {"rwlock:R", 3},
                                                                              {"rwlock:W", 5},
                                                                              {"rwsem", 2},
                                                                              {"rwsem:R", 2},
                                                                              {"rwsem:W", 4},
                                                                              {"rt-mutex", 8},
                                                                              {"rtmutex", 8},
                                                                              {"rwlock-rt:R", 10},
                                                                              {"rwlock-rt:W", 12},
                                                                              {"pcpu-sem:R", 18},
                                                                              {"pcpu-sem:W", 20},
                                                                              {"percpu-rwmem", 16},
                                                                              {"mutex", 32},
                                                                              {"mutex-spin", 33}}};
  const auto* const known =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& entry) { return entry.first == type; });
  if (known == kTypes.end()) return std::nullopt;
  return known->second;
}

// "tcp_v4_rcv+0x1f"
ImportedFunction function_of(const std::string& text) {
  const std::size_t offset = text.rfind("+0x");
  const std::string symbol = offset == std::string::npos ? text : text.substr(0, offset);
  return {symbol.empty() ? "[unnamed]" : symbol, ""};
}

class CsvImport {
 public:
  CsvImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer) {}

  Result<ImportResult> run(std::istream& in) {
    trace::v1::Header header =
        aggregate_header(kPerfLockCsv, options_, 1,
                         {"how waits were distributed: perf printed sums, so there are no quantiles",
                          "what locks are, work done meanwhile, waits for socket owners, spinlock mode"});
    SOCKLOCK_TRY(writer_.write(header));
    LineInput lines(in, options_.input_name);
    while (lines.next()) take(lines.line());
    SOCKLOCK_TRY(lines.status());
    if (rows_ == 0)
      return fail(
          {"no row of perf lock contention", "'" + options_.input_name + "'",
           "what is wanted is the output of: perf lock contention -x, (on standard error, unless --output); a perf "
           "older than 6.6 has no -x: perf script --header --ns -i FILE | socklock import perf-script -",
           ExitCode::kBadInput});
    return finish_aggregates(builder_, header, options_, lost_, skipped_);
  }

 private:
  void take(const std::string& line) {
    constexpr std::string_view kHead = "# output: ";
    if (line.starts_with(kHead)) return take_columns(line.substr(kHead.size()));
    // "# debug: total=12, bad=0, bad_task=0, ...": what perf knows that it lost.
    if (line.starts_with("# debug:")) return take_losses(line);
    if (line.empty() || line.front() == '#') return;
    if (!take_row(split(line, separator_))) ++skipped_;
  }

  void take_columns(const std::string& line) {
    // The separator is whatever stands between the two first names.
    const std::size_t second = line.find(" total wait");
    if (line.starts_with("contended") && second != std::string::npos && second > 9)
      separator_ = line.substr(9, second - 9);
    columns_.clear();
    const auto names = split(line, separator_);
    for (std::size_t i = 0; i < names.size(); ++i) columns_[names[i]] = i;
  }

  void take_losses(const std::string& line) {
    const std::size_t at = line.find(" bad=");
    if (at == std::string::npos) return;
    const auto bad = number(line.substr(at + 5, line.find_first_not_of("0123456789", at + 5) - at - 5));
    if (!bad || *bad == 0) return;
    builder_.count_lost(trace::LossReason::kImportLost, *bad);
    lost_ += *bad;
  }

  [[nodiscard]] std::string cell(const std::vector<std::string>& cells, const std::string& name) const {
    const auto column = columns_.find(name);
    return column == columns_.end() || column->second >= cells.size() ? "" : cells[column->second];
  }

  bool take_row(const std::vector<std::string>& cells) {
    const auto contended = number(cell(cells, "contended")), total_ns = number(cell(cells, "total wait")),
               max_ns = number(cell(cells, "max wait"));
    const auto flags = flags_of(cell(cells, "type"));
    if (!contended || *contended == 0 || *contended > UINT32_MAX || !total_ns || !flags) return false;
    trace::SummaryRow row = aggregate_row(static_cast<std::uint32_t>(*contended), *total_ns,
                                          number(cell(cells, "min wait")), max_ns.value_or(*total_ns));
    row.flags = *flags;
    if (const std::string caller = cell(cells, "caller"); !caller.empty())
      row.stack = builder_.stack(frames_of(cells, caller));
    if (const std::string symbol = cell(cells, "symbol"); !symbol.empty()) {
      row.lock = builder_.lock_named(symbol);
    } else if (const std::string address = cell(cells, "address"); !address.empty()) {
      std::uint64_t value = 0;
      std::from_chars(address.data(), address.data() + address.size(), value, 16);
      if (value != 0) row.lock = builder_.lock(value);
    }
    builder_.add(std::move(row));
    ++rows_;
    return true;
  }

  // With -v, frames follow the caller: "0xffffffff81 a+0x1:0xffffffff82 b+0x2".
  [[nodiscard]] std::vector<ImportedFunction> frames_of(const std::vector<std::string>& cells,
                                                        const std::string& caller) const {
    std::vector<ImportedFunction> frames;
    if (const std::size_t last = columns_.at("caller") + 1; last < cells.size())
      for (const std::string& frame : split(cells[last], ":"))
        if (const std::size_t blank = frame.rfind(' '); blank != std::string::npos)
          frames.push_back(function_of(frame.substr(blank + 1)));
    if (frames.empty()) frames.push_back(function_of(caller));
    return frames;
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  std::string separator_ = ",";
  std::map<std::string, std::size_t> columns_{{"contended", 0}, {"total wait", 1}, {"max wait", 2},
                                              {"avg wait", 3},  {"type", 4},       {"caller", 5}};
  std::uint64_t rows_ = 0, skipped_ = 0, lost_ = 0;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return CsvImport(options, writer).run(in);
}

bool recognises(std::string_view head) { return head.find("# output: contended") != std::string_view::npos; }

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
