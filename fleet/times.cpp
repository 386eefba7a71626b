// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"

namespace socklock::fleet {
namespace {

tl::unexpected<Error> no_time(std::string_view what, std::string_view option, std::string_view text,
                              std::string_view hint) {
  return fail(
      {std::string(what), fmt::format("{} '{}'", option, printable(text)), std::string(hint), ExitCode::kUsage});
}

constexpr std::string_view kMomentHint = "as 2026-11-30T12:00 (UTC), '2h ago', now, or @SECONDS since 1970";
constexpr std::uint64_t kLastSecond = UINT32_MAX;

// "2026-11-30T12:00:30Z" and shorter; nothing where it is none.
bool read_date(const std::string& text, std::uint64_t& time_s) {
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* const end = strptime(text.c_str(), format, &parts);
    if (end == nullptr || (*end != '\0' && std::string_view(end) != "Z")) continue;
    const std::time_t made = timegm(&parts);
    if (made < 0) return false;
    time_s = static_cast<std::uint64_t>(made);
    return true;
  }
  return false;
}

}  // namespace

std::uint64_t present_s() { return static_cast<std::uint64_t>(std::time(nullptr)); }

Result<std::uint64_t> parse_stretch(std::string_view text, std::string_view option) {
  constexpr std::string_view kHint = "as 90s, 5m, 4h or 14d";
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return no_time("not a stretch of time", option, text, kHint);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::uint64_t seconds = unit.empty() || unit == "s" ? 1
                                : unit == "m"               ? 60
                                : unit == "h"               ? 3600
                                : unit == "d"               ? 86400
                                                            : 0;
  if (seconds == 0 || number > kLastSecond / seconds) return no_time("not a stretch of time", option, text, kHint);
  return number * seconds;
}

Result<std::uint64_t> parse_moment(std::string_view text, std::string_view option, std::uint64_t now_s) {
  if (text == "now") return now_s;
  std::string_view ago;
  if (text.starts_with('-')) ago = text.substr(1);
  if (text.ends_with(" ago")) ago = text.substr(0, text.size() - 4);
  if (!ago.empty()) {
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t back, parse_stretch(ago, option));
    return now_s - std::min(back, now_s);
  }
  std::uint64_t time_s = 0;
  bool is_known = false;
  if (text.starts_with('@')) {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), time_s);
    is_known = error == std::errc() && end == text.data() + text.size();
  } else {
    is_known = read_date(std::string(text), time_s);
  }
  if (!is_known || time_s > kLastSecond) return no_time("not a moment", option, text, kMomentHint);
  return time_s;
}

Result<Window> parse_window(std::string_view text, std::string_view option, std::uint64_t now_s) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return no_time("not FROM..UNTIL", option, text, kMomentHint);
  Window window;
  SOCKLOCK_TRY_ASSIGN(window.begin_s, parse_moment(text.substr(0, dots), option, now_s));
  const std::string_view end = text.substr(dots + 2);
  SOCKLOCK_TRY_ASSIGN(window.end_s, end.empty() ? Result<std::uint64_t>(now_s) : parse_moment(end, option, now_s));
  if (window.end_s <= window.begin_s) return no_time("it ends before it begins", option, text, kMomentHint);
  return window;
}

std::string format_moment(std::uint64_t time_s) {
  const auto time = static_cast<std::time_t>(time_s);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), time_s % 60 == 0 ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%M:%S", &parts);
  return text.data();
}

}  // namespace socklock::fleet
