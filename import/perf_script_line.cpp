// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/perf_script_line.h"

#include <array>
#include <charconv>
#include <utility>

namespace socklock::imports {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// Takes the last word off `text`.
std::string_view pop_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t blank = text.find_last_of(kBlanks);
  const std::string_view word = blank == std::string_view::npos ? text : text.substr(blank + 1);
  text = blank == std::string_view::npos ? std::string_view() : trimmed(text.substr(0, blank));
  return word;
}

template <typename Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "4567.890123456:"
bool parse_time(std::string_view word, ScriptEvent& event) {
  const std::size_t dot = word.find('.');
  if (word.empty() || word.back() != ':' || dot == std::string_view::npos) return false;
  std::string_view decimals = word.substr(dot + 1, word.size() - dot - 2);
  const auto seconds = number<std::uint64_t>(word.substr(0, dot));
  const auto fraction = number<std::uint64_t>(decimals);
  if (!seconds || !fraction || decimals.size() > 9 || *seconds > UINT64_MAX / 2'000'000'000) return false;
  std::uint64_t ns = *fraction;
  for (std::size_t digits = decimals.size(); digits < 9; ++digits) ns *= 10;
  event.time_ns = *seconds * 1'000'000'000 + ns;
  event.coarse = decimals.size() < 9;
  return true;
}

// "[003]"
std::optional<std::uint32_t> parse_cpu(std::string_view word) {
  if (word.size() < 3 || word.front() != '[' || word.back() != ']') return std::nullopt;
  const auto cpu = number<std::uint32_t>(word.substr(1, word.size() - 2));
  return cpu && *cpu <= UINT16_MAX ? cpu : std::nullopt;
}

// "702" or "701/702"
bool parse_ids(std::string_view word, ScriptEvent& event) {
  const std::size_t slash = word.find('/');
  // The idle threads are 0, or -1 where perf does not know the thread.
  if (word == "-1") word = "0";
  event.tid = number<std::uint32_t>(slash == std::string_view::npos ? word : word.substr(slash + 1));
  if (slash != std::string_view::npos) event.pid = number<std::uint32_t>(word.substr(0, slash));
  return event.tid.has_value() && (slash == std::string_view::npos || event.pid.has_value());
}

// What stands before the name of the event: command, ids, CPU, perhaps more, time, perhaps a count.
bool parse_columns(std::string_view text, ScriptEvent& event) {
  bool has_time = false;
  while (!has_time && !text.empty()) has_time = parse_time(pop_word(text), event);
  if (!has_time) return false;
  // Up to two columns that we don't know (as flags of the interrupt) may stand between CPU and time.
  for (int unknown = 0; unknown < 3 && !text.empty(); ++unknown) {
    std::string_view rest = text;
    const std::string_view word = pop_word(rest);
    if (!event.cpu && (event.cpu = parse_cpu(word))) {
      text = rest;
      unknown = -1;
    } else if (parse_ids(word, event)) {
      event.comm = std::string(rest);
      return true;
    } else if (event.cpu) {
      break;
    } else {
      text = rest;
    }
  }
  event.comm = std::string(trimmed(text));
  return true;
}

// "SPIN|READ" or a number.
std::optional<std::uint8_t> parse_flags(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 6> kNames{
      {{"SPIN", 1},
       {"READ", 2},
       {"WRITE", 4},
       {"RT", 8},
       {"PERCPU", 16},
       {"MUTEX", 32}}};  // include/trace/events/lock.h
  if (text.starts_with("0x"))
    if (const auto bits = number<std::uint8_t>(text.substr(2), 16)) return bits;
  if (const auto bits = number<std::uint8_t>(text)) return bits;
  std::uint8_t flags = 0;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find('|'));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const auto* const known =
        std::find_if(kNames.begin(), kNames.end(), [name](const auto& entry) { return entry.first == name; });
    if (known == kNames.end()) return std::nullopt;
    flags = static_cast<std::uint8_t>(flags | known->second);
  }
  return flags;
}

// What follows `key` up to the next blank, comma or parenthesis.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  return text.substr(0, std::min(text.find_first_of(" ,)"), text.size()));
}

// "0xffff8881 (flags=SPIN)", or "lock_addr=0xffff8881 flags=1" from a perf that does not know the format.
bool parse_arguments(std::string_view text, ScriptEvent& event) {
  text = trimmed(text);
  std::string_view address =
      value_of(text, "lock_addr=").value_or(text.substr(0, std::min(text.find(' '), text.size())));
  if (address.starts_with("0x")) address.remove_prefix(2);
  const auto lock = number<std::uint64_t>(address, 16);
  if (!lock) return false;
  event.lock = *lock;
  if (event.is_begin) {
    const auto flags = parse_flags(value_of(text, "flags=").value_or("?"));
    event.flags = flags.value_or(0);
    return flags.has_value();
  }
  const auto ret = number<int>(value_of(text, "ret=").value_or("?"));
  event.ret = ret.value_or(0);
  return ret.has_value();
}

}  // namespace

ScriptLine parse_script_event(std::string_view line, ScriptEvent& event) {
  event = {};
  // The last one: a command may be called like an event.
  constexpr std::string_view kName = "contention_";
  const std::size_t name = line.rfind(kName);
  if (name == std::string_view::npos || name == 0) return ScriptLine::kOther;
  std::string_view rest = line.substr(name + kName.size());
  event.is_begin = rest.starts_with("begin:");
  if (!event.is_begin && !rest.starts_with("end:")) return ScriptLine::kOther;
  rest.remove_prefix(event.is_begin ? 6 : 4);
  std::string_view before = line.substr(0, name);
  if (before.ends_with("lock:")) before.remove_suffix(5);
  return parse_columns(before, event) && parse_arguments(rest, event) ? ScriptLine::kEvent : ScriptLine::kMalformed;
}

std::optional<ImportedFunction> parse_script_frame(std::string_view line) {
  if (line.empty() || (line.front() != ' ' && line.front() != '\t')) return std::nullopt;
  line = trimmed(line);
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto address = number<std::uint64_t>(line.substr(0, blank), 16);
  // The upper half of addresses is the kernel's, on every processor that perf runs on.
  if (!address || *address >> 63U == 0) return std::nullopt;
  line = trimmed(line.substr(blank));
  ImportedFunction function;
  if (line.ends_with(')')) {
    const std::size_t open = line.rfind('(');
    if (open == std::string_view::npos) return std::nullopt;
    std::string_view object = line.substr(open + 1, line.size() - open - 2);
    if (object.starts_with('[') && object.ends_with(']')) object = object.substr(1, object.size() - 2);
    if (!object.starts_with("kernel.") && !object.starts_with("guest.kernel") &&
        object.find('/') == std::string_view::npos && object != "unknown")
      function.module = std::string(object);
    line = trimmed(line.substr(0, open));
  }
  const std::size_t offset = line.rfind("+0x");
  function.symbol = std::string(offset == std::string_view::npos ? line : line.substr(0, offset));
  if (function.symbol.empty() || function.symbol == "[unknown]") function = {std::string(kUnnamed), ""};
  return function;
}

std::uint64_t parse_script_loss(std::string_view line) {
  const std::size_t record = line.find("PERF_RECORD_LOST");
  if (record == std::string_view::npos) return 0;
  const std::size_t at = line.find("lost ", record);
  if (at == std::string_view::npos) return 0;
  std::string_view count = line.substr(at + 5);
  count = count.substr(0, std::min(count.find_first_not_of("0123456789"), count.size()));
  return number<std::uint64_t>(count).value_or(0);
}

}  // namespace socklock::imports
