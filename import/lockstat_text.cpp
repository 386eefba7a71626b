// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/lockstat_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace socklock::imports {
namespace {

constexpr std::size_t kHistogramCells = 64;
constexpr std::uint64_t kLongestNs = std::uint64_t{1} << 53U;

// By number, which -p prints; the titles of the tables (cddl/contrib/opensolaris/cmd/lockstat/lockstat.c).
struct Event {
  std::string_view title;
  LockstatProbe probe;
  bool reader;
};
constexpr std::array<Event, 20> kEvents{{
    {"Adaptive mutex spin", LockstatProbe::kAdaptiveSpin, false},
    {"Adaptive mutex block", LockstatProbe::kAdaptiveBlock, false},
    {"Spin lock spin", LockstatProbe::kSpinSpin, false},
    {"Thread lock spin", LockstatProbe::kThreadSpin, false},
    {"R/W writer blocked by writer", LockstatProbe::kRwBlock, false},
    {"R/W writer blocked by readers", LockstatProbe::kRwBlock, false},
    {"R/W reader blocked by writer", LockstatProbe::kRwBlock, true},
    {"R/W reader blocked by write wanted", LockstatProbe::kRwBlock, true},
    {"R/W writer spin on writer", LockstatProbe::kRwSpin, false},
    {"R/W writer spin on readers", LockstatProbe::kRwSpin, false},
    {"R/W reader spin on writer", LockstatProbe::kRwSpin, true},
    {"R/W reader spin on write wanted", LockstatProbe::kRwSpin, true},
    {"SX exclusive block", LockstatProbe::kSxBlock, false},
    {"SX shared block", LockstatProbe::kSxBlock, true},
    {"SX exclusive spin", LockstatProbe::kSxSpin, false},
    {"SX shared spin", LockstatProbe::kSxSpin, true},
    {"lockmgr writer blocked by writer", LockstatProbe::kLockmgrBlock, false},
    {"lockmgr writer blocked by readers", LockstatProbe::kLockmgrBlock, false},
    {"lockmgr reader blocked by writer", LockstatProbe::kLockmgrBlock, true},
    {"lockmgr reader blocked by write wanted", LockstatProbe::kLockmgrBlock, true},
}};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

const Event* event_titled(std::string_view title) {
  const auto* const found = std::find_if(
      kEvents.begin(), kEvents.end(), [title](const Event& event) { return equal_ignoring_case(event.title, title); });
  return found == kEvents.end() ? nullptr : found;
}

std::optional<std::uint64_t> whole(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// "0.00", "1.000000"
bool is_fraction(std::string_view word, std::size_t digits) {
  const std::size_t point = word.find('.');
  return point != std::string_view::npos && word.size() == point + 1 + digits && whole(word.substr(0, point)) &&
         whole(word.substr(point + 1));
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

std::string joined(const std::vector<std::string>& words, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text += (text.empty() ? "" : " ") + words[i];
  return text;
}

// FreeBSD's stacks begin with the caller's caller, others with the caller.
std::vector<std::string> with_caller(const std::string& caller, std::vector<std::string> stack) {
  if (stack.empty() || stack.front() != caller) stack.insert(stack.begin(), caller);
  return stack;
}

// The histogram that a row has has to be of all of its events.
void check_histogram(LockstatRow& row) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : row.histogram) sum += count;
  if (sum != row.count) row.histogram.clear();
}

}  // namespace

// Event, count, lock, caller, reference count, time, [64 counts,] stack. Names of locks may hold blanks; the reference
// count, the only fraction, is what follows the caller.
std::optional<LockstatRow> parse_lockstat_line(const std::string& text) {
  const std::vector<std::string> words = words_of(text);
  std::size_t at = 4;
  while (at < words.size() && !is_fraction(words[at], 6)) ++at;
  if (at + 1 >= words.size()) return std::nullopt;
  const auto event = whole(words[0]), count = whole(words[1]), wait_ns = whole(words[at + 1]);
  if (!event || !count || !wait_ns || *count == 0 || *count > kLongestNs || *wait_ns > kLongestNs) return std::nullopt;
  if (*event >= kEvents.size()) return std::nullopt;
  LockstatRow row;
  row.probe = kEvents[*event].probe;
  row.reader = kEvents[*event].reader;
  row.count = *count;
  row.wait_ns = *wait_ns;
  row.lock = joined(words, 2, at - 1);
  std::size_t frame = at + 2;
  for (; frame < words.size() && row.histogram.size() < kHistogramCells; ++frame) {
    const auto cell = whole(words[frame]);
    if (!cell) break;
    row.histogram.push_back(*cell);
  }
  check_histogram(row);
  row.stack = with_caller(words[at - 1], {words.begin() + static_cast<std::ptrdiff_t>(frame), words.end()});
  return row;
}

// "Adaptive mutex spin: 7314 events in 5.018 seconds (1458 events/sec)"
bool LockstatTables::take_title(const std::string& text) {
  constexpr std::string_view kEventsIn = " events in ";
  const std::size_t in = text.find(kEventsIn), colon = text.rfind(": ", in);
  if (in == std::string::npos || colon == std::string::npos || text.find(" seconds", in) == std::string::npos)
    return false;
  const auto count = whole(std::string_view(text).substr(colon + 2, in - colon - 2));
  const double seconds = std::strtod(text.c_str() + in + kEventsIn.size(), nullptr);
  if (!count || !(seconds >= 0) || seconds > 1e9) return false;
  end_row();
  begun_ = true;
  in_table_ = false;
  seconds_ = std::max(seconds_, seconds);
  of_table_.reset();
  const Event* event = event_titled(std::string_view(text).substr(0, colon));
  if (event == nullptr) return true;
  of_table_.emplace();
  of_table_->probe = event->probe;
  of_table_->reader = event->reader;
  announced_ += *count;
  return true;
}

// "3612  49%  49% 0.00     4172 tcphash                tcp_input_with_port+0xd4"
bool LockstatTables::take_row(const std::string& text) {
  const std::vector<std::string> words = words_of(text);
  if (words.size() < 7 || !words[1].ends_with('%') || !words[2].ends_with('%') || !is_fraction(words[3], 2))
    return false;
  const auto count = whole(words[0]), mean_ns = whole(words[4]);
  if (!count || !mean_ns || *count == 0 || *count > UINT32_MAX || *mean_ns > kLongestNs / *count) return false;
  end_row();
  if (!of_table_) return true;
  row_ = of_table_;
  row_->count = *count;
  row_->wait_ns = *count * *mean_ns;
  row_->lock = joined(words, 5, words.size() - 1);
  row_->stack = {words.back()};
  seen_ += *count;
  return true;
}

// "     16384 |@@@@                           13        tcp_input_with_port+0xe4b", or a frame alone.
bool LockstatTables::take_distribution(const std::string& text) {
  const std::size_t bar = text.find('|');
  if (bar == std::string::npos) {
    const std::vector<std::string> words = words_of(text);
    if (words.size() != 1 || text.front() != ' ') return false;
    if (row_) row_->stack.push_back(words[0]);
    return true;
  }
  std::istringstream before(text.substr(0, bar)),
      after(text.substr(std::min(text.size(), text.find_first_not_of('@', bar + 1))));
  std::uint64_t low = 0, count = 0;
  if (!(before >> low) || low == 0 || (low & (low - 1)) != 0 || !(after >> count)) return false;
  if (!row_) return true;
  const auto power = static_cast<std::size_t>(std::bit_width(low)) - 1;
  row_->histogram.resize(std::max(row_->histogram.size(), power + 1));
  row_->histogram[power] = count;
  if (std::string frame; after >> frame) row_->stack.push_back(frame);
  return true;
}

bool LockstatTables::take_line(const std::string& text) {
  if (take_title(text)) return true;
  if (!begun_) return false;
  if (text.starts_with("----")) return true;
  if (text.find(" rcnt ") != std::string::npos && text.find(" Lock ") != std::string::npos) {
    in_table_ = true;
    if (of_table_) of_table_->is_timed = text.find(" nsec ") != std::string::npos;
    return true;
  }
  if (text.find("Time Distribution") != std::string::npos) return true;
  return in_table_ && (take_row(text) || take_distribution(text));
}

void LockstatTables::end_row() {
  if (!row_) return;
  // Stacks of tables have the caller in the row itself.
  if (row_->stack.size() > 1 && row_->stack[0] == row_->stack[1]) row_->stack.erase(row_->stack.begin());
  check_histogram(*row_);
  rows_.push_back(*std::exchange(row_, std::nullopt));
}

std::vector<LockstatRow> LockstatTables::take_rows() { return std::exchange(rows_, {}); }

}  // namespace socklock::imports
