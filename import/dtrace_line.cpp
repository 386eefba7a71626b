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

// LCB_F_* of the Linux lock that is most like it: spin 1, read 2, write 4, mutex 32.
std::optional<std::uint8_t> flags_of(std::string_view probe, std::uint64_t reader) {
  if (probe == "adaptive-block" || probe == "adaptive-spin") return std::uint8_t{32};
  if (probe == "spin-spin" || probe == "thread-spin") return std::uint8_t{1};
  for (const std::string_view shared : {"rw-block", "rw-spin", "sx-block", "sx-spin", "lockmgr-block"})
    if (probe == shared) return static_cast<std::uint8_t>(reader != 0 ? 2 : 4);
  return std::nullopt;
}

constexpr std::uint64_t kMostNs = std::uint64_t{1} << 53U;  // a hundred days

DtraceLine parse_waits(Fields fields) {
  DtraceWaits waits;
  const std::string_view probe = fields.text();
  const auto reader = fields.number();
  waits.lock.address = fields.number(16);
  waits.length = fields.number();
  waits.lock.name = fields.text();
  waits.contentions = fields.number<std::uint32_t>();
  waits.wait_ns = fields.number();
  waits.min_ns = fields.number();
  waits.max_ns = fields.number();
  const auto flags = flags_of(probe, reader);
  const bool sane = waits.min_ns <= waits.max_ns && waits.max_ns <= waits.wait_ns && waits.wait_ns <= kMostNs;
  if (!fields.good() || !flags || !sane) return DtraceMalformed{};
  waits.lock.flags = *flags;
  return waits;
}

DtraceLine parse_event(Fields fields) {
  DtraceEvent event;
  event.wait.end_ns = fields.number();
  event.wait.wait_ns = fields.number();
  event.wait.cpu = fields.number<std::uint16_t>();
  event.pid = fields.number<std::uint32_t>();
  event.tid = fields.number<std::uint32_t>();
  const std::string_view probe = fields.text();
  const auto reader = fields.number();
  event.lock.address = fields.number(16);
  event.weight = fields.number<std::uint32_t>();
  event.lock.name = fields.text();
  event.comm = fields.tail();
  const auto flags = flags_of(probe, reader);
  const bool sane = event.weight > 0 && event.wait.end_ns <= kMostNs && event.wait.wait_ns <= kMostNs;
  if (!fields.good() || !flags || !sane) return DtraceMalformed{};
  event.lock.flags = event.wait.flags = *flags;
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

// "kernel`tcp_usr_send+0x2a", "if_em.ko`em_rxeof+0x1", or an address that dtrace has no name for.
DtraceLine parse_frame(std::string_view text) {
  const std::size_t tick = text.find('`');
  if (tick == std::string_view::npos)
    return text.starts_with("0x") ? DtraceLine(DtraceFrame{{"[unnamed]", ""}}) : DtraceLine(DtraceOther{});
  std::string_view symbol = text.substr(tick + 1), module = text.substr(0, tick);
  symbol = symbol.substr(0, symbol.rfind("+0x"));
  if (symbol.empty() || symbol.starts_with("0x")) return DtraceFrame{{"[unnamed]", ""}};
  if (module == "kernel" || module == "vmlinux") module = {};
  return DtraceFrame{{std::string(symbol), std::string(module)}};
}

// "dtrace: 45 drops on CPU 0", "dtrace: 12 aggregation drops on CPU 1"; dropped variables lose no wait.
DtraceLine parse_message(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return DtraceOther{};
  const std::string_view what = text.substr(static_cast<std::size_t>(end - text.data()));
  const bool loses = what.starts_with(" drop") || what.starts_with(" aggregation drop");
  return loses && count < (std::uint64_t{1} << 48U) ? DtraceLine(DtraceDrops{count}) : DtraceLine(DtraceOther{});
}

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 42> kSyscalls{
    {{"read", 3},          {"write", 4},
     {"close", 6},         {"recvmsg", 27},
     {"sendmsg", 28},      {"recvfrom", 29},
     {"accept", 30},       {"getpeername", 31},
     {"getsockname", 32},  {"ioctl", 54},
     {"fcntl", 92},        {"select", 93},
     {"socket", 97},       {"connect", 98},
     {"bind", 104},        {"setsockopt", 105},
     {"listen", 106},      {"getsockopt", 118},
     {"readv", 120},       {"writev", 121},
     {"sendto", 133},      {"shutdown", 134},
     {"socketpair", 135},  {"poll", 209},
     {"pread", 475},       {"pwrite", 476},
     {"kevent", 560},      {"sendfile", 393},
     {"pselect", 522},     {"bindat", 538},
     {"connectat", 539},   {"accept4", 541},
     {"ppoll", 545},       {"freebsd11_kevent", 363},
     {"exit", 1},          {"execve", 59},
     {"dup2", 90},         {"closefrom", 509},
     {"close_range", 575}, {"freebsd4_sendfile", 336},
     {"preadv", 289},      {"pwritev", 290}}};

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
  const auto* const known =
      std::find_if(kSyscalls.begin(), kSyscalls.end(), [&](const auto& entry) { return entry.first == name; });
  if (known == kSyscalls.end()) return std::nullopt;
  return known->second;
}

}  // namespace socklock::imports
