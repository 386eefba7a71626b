// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "import/aggregate_row.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/trace_builder.h"

namespace socklock::imports {
namespace {

// A line of lockstat(1) -p on FreeBSD: event, count, lock, caller, reference count, time, histogram, stack.
struct LockstatLine {
  std::uint32_t count = 0;
  std::uint64_t wait_ns = 0;
  std::string lock;
  std::uint8_t flags = 0;
  std::vector<ImportedFunction> stack;
};

// LCB_F_* by number of the event (lockstat -e lists them): mutexes 32, spin mutexes 1, readers 2, writers 4.
std::optional<std::uint8_t> flags_of_event(std::uint64_t event) {
  if (event <= 1) return std::uint8_t{32};
  if (event <= 3) return std::uint8_t{1};
  if (event <= 5 || event == 8 || event == 9 || event == 12 || event == 14) return std::uint8_t{4};
  if (event <= 15) return std::uint8_t{2};
  return std::nullopt;
}

std::optional<std::uint64_t> whole(const std::string& word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

bool is_fraction(const std::string& word) {
  const std::size_t point = word.find('.');
  return point != std::string::npos && word.size() == point + 7 && whole(word.substr(0, point)) &&
         whole(word.substr(point + 1));
}

// "tcp_usr_send+0x2a", "if_em.ko`em_rxeof+0x1"
ImportedFunction frame_of(const std::string& word) {
  const std::size_t tick = word.find('`');
  std::string symbol = tick == std::string::npos ? word : word.substr(tick + 1);
  symbol.resize(std::min(symbol.rfind("+0x"), symbol.size()));
  if (symbol.empty() || symbol.starts_with("0x")) return {"[unnamed]", ""};
  const std::string module = tick == std::string::npos ? "" : word.substr(0, tick);
  return {symbol, module == "kernel" ? "" : module};
}

// Names of locks may hold blanks; the reference count, the only fraction, is what follows the caller.
std::optional<LockstatLine> parse_lockstat_line(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  std::size_t at = 4;
  while (at < words.size() && !is_fraction(words[at])) ++at;
  if (at + 1 >= words.size()) return std::nullopt;
  const auto event = whole(words[0]), count = whole(words[1]), wait_ns = whole(words[at + 1]);
  constexpr std::uint64_t kLongestNs = std::uint64_t{1} << 53U;
  if (!event || !count || !wait_ns || *count == 0 || *count > UINT32_MAX || *wait_ns > kLongestNs) return std::nullopt;
  const auto flags = flags_of_event(*event);
  if (!flags) return std::nullopt;
  LockstatLine line{static_cast<std::uint32_t>(*count), *wait_ns, words[2], *flags, {frame_of(words[at - 1])}};
  for (std::size_t i = 3; i + 1 < at; ++i) line.lock += ' ' + words[i];
  // With -h, 64 counts come before the stack, whose first function is the caller again.
  std::size_t frame = at + 2;
  while (frame < words.size() && whole(words[frame])) ++frame;
  if (frame < words.size()) line.stack.clear();
  for (; frame < words.size(); ++frame) line.stack.push_back(frame_of(words[frame]));
  return line;
}

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  trace::v1::Header header =
      aggregate_header(kLockstat, options, 1,
                       {"how waits were distributed: lockstat printed sums, so there are no quantiles",
                        "acquisitions that spun and then blocked: they are counted twice",
                        "readers under epoch or SMR (FreeBSD 12 and later): not observable, no probe sees them",
                        "work done meanwhile, threads, acquisitions, which lock of a name"});
  SOCKLOCK_TRY(writer.write(header));
  TraceBuilder builder(writer);
  std::uint64_t skipped = 0;
  LineInput lines(in, options.input_name);
  while (lines.next()) {
    const std::string& text = lines.line();
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto line = parse_lockstat_line(text);
    if (!line) {
      ++skipped;
      continue;
    }
    trace::SummaryRow row = aggregate_row(line->count, line->wait_ns, {}, line->wait_ns);
    row.flags = line->flags;
    row.lock = builder.lock_named(line->lock);
    row.stack = builder.stack(line->stack);
    builder.add(std::move(row));
  }
  SOCKLOCK_TRY(lines.status());
  if (builder.contentions() == 0)
    return fail({"no contention in this text", "'" + options.input_name + "'",
                 "what is wanted is what lockstat -p -s 16 COMMAND prints on FreeBSD", ExitCode::kBadInput});
  return finish_aggregates(builder, header, options, 0, skipped);
}

bool recognises(std::string_view head) {
  constexpr int kLines = 20;
  for (int line = 0; line < kLines && !head.empty(); ++line)
    if (parse_lockstat_line(std::string(take_line(head)))) return true;
  return false;
}

}  // namespace

const Importer kLockstat{.name = "lockstat",
                         .reads = "output of FreeBSD's lockstat -p",
                         .recognises = recognises,
                         .import = import_text,
                         .knows = {.duration = false,
                                   .distribution = false,
                                   .work = false,
                                   .acquisitions = false,
                                   .acquisition_paths = false,
                                   .holds = false,
                                   .system = trace::System::kFreebsd}};

}  // namespace socklock::imports
