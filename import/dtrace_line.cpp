// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/dtrace_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace socklock::imports {
namespace {

// Tab-separated fields, read one after the other; `good` becomes false at the first that is missing or no number.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  std::string_view text() {
    if (ended_) {
      good_ = false;
      return {};
    }
    const std::size_t tab = rest_.find('\t');
    const std::string_view field = rest_.substr(0, tab);
    ended_ = tab == std::string_view::npos;
    rest_ = ended_ ? std::string_view() : rest_.substr(tab + 1);
    return field;
  }

  template <typename Number = std::uint64_t>
  Number number(int base = 10) {
    const std::string_view field = text();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (error != std::errc() || end != field.data() + field.size() || value > std::numeric_limits<Number>::max())
      good_ = false;
    return static_cast<Number>(value);
  }

  // The last: it may hold tabs.
  std::string_view tail() {
    if (ended_) good_ = false;
    ended_ = true;
    return std::exchange(rest_, {});
  }

  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool ended_ = false, good_ = true;
};

constexpr std::uint64_t kMostNs = std::uint64_t{1} << 53U;  // a hundred days

DtraceLine parse_waits(Fields fields) {
  DtraceWaits waits;
  const auto probe = lockstat_probe_named(fields.text());
  waits.lock.reader = fields.number() != 0;
  waits.lock.address = fields.number(16);
  waits.length = fields.number();
  waits.lock.name = fields.text();
  waits.contentions = fields.number();
  waits.wait_ns = fields.number();
  waits.min_ns = fields.number();
  waits.max_ns = fields.number();
  const bool sane = waits.min_ns <= waits.max_ns && waits.max_ns <= waits.wait_ns && waits.wait_ns <= kMostNs &&
                    waits.contentions <= kMostNs &&
                    waits.min_ns <= waits.wait_ns / std::max(waits.contentions, std::uint64_t{1});
  if (!fields.good() || !probe || !sane) return DtraceMalformed{};
  waits.lock.probe = *probe;
  return waits;
}

DtraceLine parse_event(Fields fields) {
  DtraceEvent event;
  event.wait.end_ns = fields.number();
  event.wait.wait_ns = fields.number();
  event.wait.cpu = fields.number<std::uint16_t>();
  event.pid = fields.number<std::uint32_t>();
  event.tid = fields.number<std::uint32_t>();
  const auto probe = lockstat_probe_named(fields.text());
  event.lock.reader = fields.number() != 0;
  event.lock.address = fields.number(16);
  event.weight = fields.number<std::uint32_t>();
  event.lock.name = fields.text();
  event.comm = fields.tail();
  const bool sane = event.weight > 0 && event.wait.end_ns <= kMostNs && event.wait.wait_ns <= kMostNs;
  if (!fields.good() || !probe || !sane) return DtraceMalformed{};
  event.lock.probe = *probe;
  return event;
}

DtraceLine parse_record(char tag, Fields fields) {
  DtraceLine line;
  switch (tag) {
    case 'B': line = DtraceBegin{fields.number()}; break;
    case 'M': line = DtraceMode{fields.text()}; break;
    case 'W': return parse_waits(fields);
    case 'E': return parse_event(fields);
    case 'A': {
      DtraceAcquired acquired;
      acquired.syscall = fields.text();
      acquired.lock = fields.text();
      acquired.count = fields.number();
      line = acquired;
      break;
    }
    case 'C': {
      DtraceWork work;
      work.counter = fields.text();
      work.value = fields.number();
      line = work;
      break;
    }
    case 'S': {
      DtraceSums sums;
      sums.contentions = fields.number();
      sums.wait_ns = fields.number();
      line = sums;
      break;
    }
    case 'T': {
      const DtraceTime time{fields.number()};
      if (time.at_ns > kMostNs) return DtraceMalformed{};
      line = time;
      break;
    }
    default: return DtraceOther{};
  }
  return fields.good() ? line : DtraceLine(DtraceMalformed{});
}

DtraceLine parse_header(Fields fields) {
  DtraceHeader header;
  header.version = fields.number();
  header.release = fields.text();
  header.machine = fields.text();
  header.cpus = fields.number<std::uint32_t>();
  return fields.good() ? DtraceLine(header) : DtraceLine(DtraceMalformed{});
}

// "0xffffffff80502428" -> its number; 0 for anything else.
std::uint64_t address_in(std::string_view text) {
  if (!text.starts_with("0x")) return 0;
  std::uint64_t address = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 2, end, address, 16);
  return error == std::errc() && stop == end ? address : 0;
}

// "kernel`tcp_usr_send+0x2a", "if_em.ko`em_rxeof+0x1", "kernel`0xffffffff8062fbbe", or an address alone.
DtraceLine parse_frame(std::string_view text) {
  const std::size_t tick = text.find('`');
  if (tick == std::string_view::npos)
    return text.starts_with("0x") ? DtraceLine(DtraceFrame{{"[unnamed]", ""}, address_in(text)})
                                  : DtraceLine(DtraceOther{});
  std::string_view symbol = text.substr(tick + 1), module = text.substr(0, tick);
  if (symbol.empty() || symbol.starts_with("0x")) return DtraceFrame{{"[unnamed]", ""}, address_in(symbol)};
  symbol = symbol.substr(0, symbol.rfind("+0x"));
  if (module == "kernel" || module == "vmlinux") module = {};
  return DtraceFrame{{std::string(symbol), std::string(module)}, 0};
}

// "dtrace: 45 drops on CPU 0", "dtrace: 12 aggregation drops on CPU 1"; dropped variables lose no wait, but whose it
// was.
DtraceLine parse_message(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count >= (std::uint64_t{1} << 48U)) return DtraceOther{};
  const std::string_view what = text.substr(static_cast<std::size_t>(end - text.data()));
  if (what.starts_with(" drop") || what.starts_with(" aggregation drop")) return DtraceDrops{count};
  return what.starts_with(" dynamic variable drop") ? DtraceLine(DtraceVariableDrops{count})
                                                    : DtraceLine(DtraceOther{});
}

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 44> kSyscalls{{{"read", 3},
                                                                                {"write", 4},
                                                                                {"close", 6},
                                                                                {"recvmsg", 27},
                                                                                {"sendmsg", 28},
                                                                                {"recvfrom", 29},
                                                                                {"accept", 30},
                                                                                {"getpeername", 31},
                                                                                {"getsockname", 32},
                                                                                {"ioctl", 54},
                                                                                {"fcntl", 92},
                                                                                {"select", 93},
                                                                                {"socket", 97},
                                                                                {"connect", 98},
                                                                                {"bind", 104},
                                                                                {"setsockopt", 105},
                                                                                {"listen", 106},
                                                                                {"getsockopt", 118},
                                                                                {"readv", 120},
                                                                                {"writev", 121},
                                                                                {"sendto", 133},
                                                                                {"shutdown", 134},
                                                                                {"socketpair", 135},
                                                                                {"poll", 209},
                                                                                {"pread", 475},
                                                                                {"pwrite", 476},
                                                                                {"kevent", 560},
                                                                                {"sendfile", 393},
                                                                                {"pselect", 522},
                                                                                {"bindat", 538},
                                                                                {"connectat", 539},
                                                                                {"accept4", 541},
                                                                                {"ppoll", 545},
                                                                                {"exit", 1},
                                                                                {"execve", 59},
                                                                                {"dup2", 90},
                                                                                {"closefrom", 509},
                                                                                {"close_range", 575},
                                                                                {"preadv", 289},
                                                                                {"pwritev", 290},
                                                                                {"freebsd11_kevent", 363},
                                                                                {"freebsd4_sendfile", 336},
                                                                                {"send", 133},
                                                                                {"recv", 29}}};

}  // namespace

DtraceLine parse_dtrace_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return DtraceBlank{};
  // stack() indents frames, printa()'s %k does not.
  const bool is_frame =
      line.find('`') != std::string_view::npos && line.find_first_of("\t ", begin) == std::string_view::npos;
  if (begin > 0 || is_frame || line.starts_with("0x")) return parse_frame(line.substr(begin));
  if (line == "Z") return DtraceEnd{};
  constexpr std::string_view kMagic = "socklock-dtrace\t", kMessage = "dtrace: ";
  if (line.starts_with(kMagic)) return parse_header(Fields(line.substr(kMagic.size())));
  if (line.starts_with(kMessage)) return parse_message(line.substr(kMessage.size()));
  if (line.size() < 2 || line[1] != '\t') return DtraceOther{};
  return parse_record(line.front(), Fields(line.substr(2)));
}

std::optional<std::uint16_t> freebsd_syscall(std::string_view name) {
  if (name.starts_with("compat"))
    if (const std::size_t point = name.find('.'); point != std::string_view::npos) name.remove_prefix(point + 1);
  const auto* const known =
      std::find_if(kSyscalls.begin(), kSyscalls.end(), [&](const auto& entry) { return entry.first == name; });
  if (known == kSyscalls.end()) return std::nullopt;
  return known->second;
}

}  // namespace socklock::imports
