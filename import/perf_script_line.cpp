// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/perf_script_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include "import/numbers.h"
#include "import/words.h"

namespace socklock::imports {
namespace {

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

// "702" or "701/702"; perf has -1 for a thread that it does not know. The idle threads are 0.
bool parse_ids(std::string_view word, ScriptEvent& event) {
  if (word == "-1") word = "0";
  const std::size_t slash = word.find('/');
  const auto pid =
      slash == std::string_view::npos ? std::optional<std::uint32_t>() : number<std::uint32_t>(word.substr(0, slash));
  const auto tid = number<std::uint32_t>(slash == std::string_view::npos ? word : word.substr(slash + 1));
  if (!tid || (slash != std::string_view::npos && !pid)) return false;
  event.tid = tid;
  event.pid = pid;
  return true;
}

// ftrace's "my app-702", or with its option record-tgid "my app-702 (  701)", "my app-702 (-----)".
bool parse_task(std::string_view text, ScriptEvent& event) {
  const std::size_t open = text.rfind('(');
  if (text.ends_with(')') && open != std::string_view::npos) {
    event.pid = number<std::uint32_t>(trimmed(text.substr(open + 1, text.size() - open - 2)));
    text = trimmed(text.substr(0, open));
  }
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return false;
  event.tid = number<std::uint32_t>(text.substr(dash + 1));
  event.comm = std::string(trimmed(text.substr(0, dash)));
  return event.tid.has_value();
}

// ftrace's "d.s5.": the third character is of what is served (print_entry in kernel/trace/trace_output.c).
bool serves_interrupt(std::string_view flags) {
  return flags.size() >= 4 && flags.size() <= 6 && std::string_view("sShHzZ").find(flags[2]) != std::string_view::npos;
}

// What stands before the name of the event: command, ids, CPU, perhaps more, time, perhaps a count.
ScriptLine parse_columns(std::string_view text, bool is_ftrace, ScriptEvent& event) {
  bool has_time = false;
  while (!has_time && !text.empty()) has_time = parse_time(pop_word(text), event);
  if (!has_time) return ScriptLine::kNoTime;
  // Up to two columns that we don't know (as flags of the interrupt) may stand between CPU and time.
  for (int unknown = 0; unknown < 3 && !text.empty(); ++unknown) {
    std::string_view rest = text;
    const std::string_view word = pop_word(rest);
    if (!event.cpu && (event.cpu = parse_cpu(word))) {
      text = rest;
      unknown = -1;
    } else if (parse_ids(word, event)) {
      event.comm = std::string(rest);
      return ScriptLine::kEvent;
    } else if (is_ftrace && parse_task(text, event)) {
      return ScriptLine::kEvent;
    } else if (event.cpu) {
      break;
    } else {
      if (is_ftrace) event.interrupt = serves_interrupt(word);
      text = rest;
    }
  }
  event.comm = std::string(trimmed(text));
  return ScriptLine::kNoThread;
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
  if (const std::size_t end = text.find(')'); end != std::string_view::npos)
    event.frame = parse_script_frame(std::string(" ").append(trimmed(text.substr(end + 1))));
  if (event.is_begin) {
    const auto flags = parse_flags(value_of(text, "flags=").value_or("?"));
    event.flags = flags.value_or(0);
    return flags.has_value();
  }
  const auto ret = number<int>(value_of(text, "ret=").value_or("?"));
  event.ret = ret.value_or(0);
  return ret.has_value();
}

// The upper half of addresses is the kernel's where addresses are split, and what perf names no object of is taken for
// code of a processor that splits them: 64 bits wide, or arm's 32 with the kernel from 3 GiB on.
bool is_kernel_address(std::uint64_t address) {
  return address >> 63U != 0 || (address >= 0xc0000000U && address <= UINT32_MAX);
}

// "[kernel.kallsyms]", "[nf_conntrack]", "/usr/lib/debug/boot/vmlinux-6.12", ".../nf_conntrack.ko.xz"; where the
// object is known, it says more than the address, since s390x has kernel and user space in the same range.
enum class Object { kKernel, kModule, kUser, kUnknown };
Object object_kind(std::string_view object) {
  constexpr std::array<std::string_view, 9> kUserAreas{"vdso", "vsyscall", "stack",   "heap",   "anon",
                                                       "vvar", "uprobes",  "vectors", "sigpage"};
  const std::size_t slash = object.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? object : object.substr(slash + 1);
  if (object.starts_with("[kernel.") || object.starts_with("[guest.kernel")) return Object::kKernel;
  if (object.starts_with('[') && object.ends_with(']')) {
    const std::string_view area = object.substr(1, object.size() - 2);
    for (const std::string_view user : kUserAreas)
      if (area == user || area.starts_with(std::string(user) + ":")) return Object::kUser;
    return area == "unknown" ? Object::kUnknown : Object::kModule;
  }
  if (name.starts_with("vmlinux") || name.starts_with("kcore") || name.starts_with("kallsyms")) return Object::kKernel;
  if (name.find(".ko") != std::string_view::npos) return Object::kModule;
  return slash == std::string_view::npos ? Object::kUnknown : Object::kUser;  // "bpf_prog_6deef7357e7b4530"
}

// "[nf_conntrack]" -> "nf_conntrack", "/lib/modules/6.12/kernel/net/nf_conntrack.ko.xz" -> "nf_conntrack".
std::string module_of(std::string_view object) {
  if (object.starts_with('[')) return std::string(object.substr(1, object.size() - 2));
  object = object.substr(object.rfind('/') + 1);
  std::string name(object.substr(0, object.find(".ko")));
  std::replace(name.begin(), name.end(), '-', '_');  // as the kernel calls it
  return name;
}

ImportedFunction function_named(std::string_view symbol, std::string module) {
  const std::size_t offset = symbol.rfind("+0x");
  symbol = trimmed(symbol.substr(0, offset));
  if (symbol.empty() || symbol == "[unknown]" || symbol.starts_with("0x")) return {std::string(kUnnamed), ""};
  return {std::string(symbol), std::move(module)};
}

// " => tcp_v4_rcv", " => tcp_v4_rcv+0x12/0x90 [nf_conntrack]", " => tcp_v4_rcv (ffffffff81012345)"; ends of stacks are
// "=> 0" or an address without a name.
std::optional<ImportedFunction> parse_ftrace_frame(std::string_view line) {
  line = trimmed(line.substr(2));
  std::string module;
  if (line.ends_with(')')) line = trimmed(line.substr(0, line.rfind('(')));
  if (line.ends_with(']') && line.find(" [") != std::string_view::npos) {
    module = module_of(line.substr(line.rfind('[')));
    line = trimmed(line.substr(0, line.rfind('[')));
  }
  if (line.empty() || line == "0" || line.starts_with('<')) return std::nullopt;
  return function_named(line, std::move(module));
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
  const bool is_perf = before.ends_with("lock:");
  if (is_perf) before.remove_suffix(5);
  event.is_ftrace = !is_perf;
  const ScriptLine columns = parse_columns(before, event.is_ftrace, event);
  if (columns == ScriptLine::kNoTime) return columns;
  return parse_arguments(rest, event) ? columns : ScriptLine::kMalformed;
}

std::optional<ImportedFunction> parse_script_frame(std::string_view line) {
  if (line.empty() || (line.front() != ' ' && line.front() != '\t' && line.front() != '=')) return std::nullopt;
  line = trimmed(line);
  if (line.starts_with("=>")) return parse_ftrace_frame(line);
  const std::size_t blank = std::min(line.find(' '), line.size());
  const auto address = number<std::uint64_t>(line.substr(0, blank), 16);
  if (!address) return std::nullopt;
  line = trimmed(line.substr(blank));
  std::string module;
  bool is_kernel = is_kernel_address(*address);
  if (const std::size_t open = line.rfind('('); line.ends_with(')') && open != std::string_view::npos) {
    std::string_view object = line.substr(open + 1, line.size() - open - 2);
    if (object == "inlined") return std::nullopt;
    object = object.substr(0, object.rfind("+0x"));  // perf script -F +dsoff
    const Object kind = object_kind(object);
    if (kind != Object::kUnknown) is_kernel = kind != Object::kUser;
    if (kind == Object::kModule) module = module_of(object);
    line = trimmed(line.substr(0, open));
  }
  if (!is_kernel) return std::nullopt;
  return function_named(line, std::move(module));
}

namespace {

// "[LOST 12 EVENTS]", "[12 EVENTS DROPPED]": ftrace and trace-cmd.
std::uint64_t ftrace_loss(std::string_view line) {
  if (line.find("EVENTS") == std::string_view::npos) return 0;
  for (const std::string_view before : {std::string_view("[LOST "), std::string_view("[")}) {
    const std::size_t at = line.find(before);
    if (at == std::string_view::npos) continue;
    std::string_view count = line.substr(at + before.size());
    count = count.substr(0, std::min(count.find(' '), count.size()));
    if (const auto lost = number<std::uint64_t>(count)) return *lost;
  }
  return 0;
}

}  // namespace

std::uint64_t parse_script_loss(std::string_view line) {
  const std::size_t record = line.find("PERF_RECORD_LOST");
  if (record == std::string_view::npos) return ftrace_loss(line);
  const std::size_t at = line.find("lost ", record);
  if (at == std::string_view::npos) return 0;
  std::string_view count = line.substr(at + 5);
  count = count.substr(0, std::min(count.find_first_not_of("0123456789"), count.size()));
  return number<std::uint64_t>(count).value_or(0);
}

}  // namespace socklock::imports
