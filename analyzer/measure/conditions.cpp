// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "analyzer/taxonomy/taxonomy.h"
#include "base/nearest.h"
#include "base/time_text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

using TextMember = std::optional<std::string> Filter::*;
using TimeMember = std::optional<TimeRange> Filter::*;
constexpr double kMostSeconds = 1e9;  // as nanoseconds it has room in 64 bits

template <TextMember kMember>
std::optional<std::string> text_value(const Filter& filter) {
  return filter.*kMember;
}

template <TextMember kMember>
Result<void> set_text(Filter& filter, const std::string& text) {
  (filter.*kMember).reset();
  if (!text.empty()) filter.*kMember = text;
  return {};
}

template <auto kMember>
std::optional<std::string> named_value(const Filter& filter) {
  return filter.*kMember ? std::optional(std::string(name_of(*(filter.*kMember)))) : std::nullopt;
}

Error no_such_value(const std::string& text) { return {"no such value", "'" + text + "'", "", ExitCode::kUsage}; }

Result<void> set_path(Filter& filter, const std::string& text) {
  filter.path = call_path_named(text);
  if (!text.empty() && !filter.path) return fail(no_such_value(text));
  return {};
}

Result<void> set_role(Filter& filter, const std::string& text) {
  filter.role = role_named(text);
  if (!text.empty() && !filter.role) return fail(no_such_value(text));
  return {};
}

std::vector<std::string> known_classes(const Taxonomy& taxonomy) {
  std::vector<std::string> names;
  for (const LockClass& lock_class : taxonomy.classes) names.push_back(lock_class.name);
  return names;
}

template <typename Enum, std::size_t kCount>
std::vector<std::string> known_names(const Taxonomy& /*taxonomy*/) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kCount; ++i) names.emplace_back(name_of(static_cast<Enum>(i)));
  return names;
}

std::string seconds_text(std::uint64_t ns) {
  std::string text = fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// "1.5..3", in seconds since the beginning.
template <TimeMember kMember>
std::optional<std::string> time_value(const Filter& filter) {
  if (!(filter.*kMember)) return std::nullopt;
  const TimeRange& range = *(filter.*kMember);
  return seconds_text(range.begin_ns) + ".." + (range.end_ns == UINT64_MAX ? "" : seconds_text(range.end_ns));
}

std::optional<std::uint64_t> ns_of(std::string_view text, std::uint64_t if_empty) {
  if (text.empty()) return if_empty;
  if (text.back() == 's') text.remove_suffix(1);
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || !(seconds >= 0) || seconds > kMostSeconds) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(seconds * 1e9));
}

template <TimeMember kMember>
Result<void> set_time(Filter& filter, const std::string& text) {
  (filter.*kMember).reset();
  if (text.empty()) return {};
  const std::size_t dots = text.find("..");
  const std::string_view whole = text;
  const auto begin = dots == std::string::npos ? std::nullopt : ns_of(whole.substr(0, dots), 0);
  const auto end = dots == std::string::npos ? std::nullopt : ns_of(whole.substr(dots + 2), UINT64_MAX);
  if (!begin || !end || *begin >= *end || text == "..")
    return fail({"no stretch of time", "'" + text + "'",
                 "seconds since the beginning of the recording, as 1.5..3, 2.. or ..10", ExitCode::kUsage});
  filter.*kMember = TimeRange{*begin, *end};
  return {};
}

// "100us", in the largest unit that says it without a fraction.
std::optional<std::string> min_wait_value(const Filter& filter) {
  if (!filter.min_wait_ns) return std::nullopt;
  std::uint64_t number = *filter.min_wait_ns;
  const char* unit = "ns";
  for (const char* const larger : {"us", "ms", "s"}) {
    if (number == 0 || number % 1000 != 0) break;
    number /= 1000;
    unit = larger;
  }
  return fmt::format("{}{}", number, unit);
}

Result<void> set_min_wait(Filter& filter, const std::string& text) {
  filter.min_wait_ns.reset();
  if (text.empty()) return {};
  const auto seconds = short_time_s(text);
  if (!seconds || *seconds > kMostSeconds)
    return fail({"no length of a wait", "'" + text + "'", "a number with a unit, as 250ns, 100us, 5ms or 1s",
                 ExitCode::kUsage});
  filter.min_wait_ns = static_cast<std::uint64_t>(std::llround(*seconds * 1e9));
  return {};
}

std::optional<std::string> cpu_value(const Filter& filter) {
  return filter.cpus ? std::optional(text_of_cpus(*filter.cpus)) : std::nullopt;
}

Result<void> set_cpus(Filter& filter, const std::string& text) {
  filter.cpus.reset();
  if (text.empty()) return {};
  filter.cpus = cpus_named(text);
  if (!filter.cpus) return fail({"no CPUs", "'" + text + "'", "numbers, as 3, or 0,2-5", ExitCode::kUsage});
  return {};
}

// Context is an enum, but a text in a filter, since slices by context are named by it.
constexpr std::size_t kContexts = 3;

constexpr std::array kKinds{
    ConditionKind{"role", "role", "ROLE", "locks of this role, whatever the kernel calls them", true,
                  named_value<&Filter::role>, set_role, known_names<Role, kRoles>},
    ConditionKind{"class", "class", "CLASS", "locks of this class", true, text_value<&Filter::lock_class>,
                  set_text<&Filter::lock_class>, known_classes},
    ConditionKind{"path", "path", "PATH", "waits on this call path: setup, send, receive, ...", true,
                  named_value<&Filter::path>, set_path, known_names<CallPath, kCallPaths>},
    ConditionKind{"function", "function", "NAME", "waits of this function, which took the lock", true,
                  text_value<&Filter::function>, set_text<&Filter::function>, nullptr},
    ConditionKind{"stack", "stack", "NAME", "waits with this function anywhere in their call stack", true,
                  text_value<&Filter::frame>, set_text<&Filter::frame>, nullptr},
    ConditionKind{"instance", "instance", "LOCK", "this lock alone, as tcp.ehash[17]", true,
                  text_value<&Filter::instance>, set_text<&Filter::instance>, nullptr},
    ConditionKind{"process", "process", "NAME", "waits of this process: nginx, or \"nginx (4711)\"; from single events",
                  true, text_value<&Filter::process>, set_text<&Filter::process>, nullptr},
    ConditionKind{"thread", "thread", "NAME", "waits of this thread: 4711, or \"nginx 4711\"; from single events", true,
                  text_value<&Filter::thread>, set_text<&Filter::thread>, nullptr},
    ConditionKind{
        "cgroup", "cgroup", "NAME",
        "waits of threads in this cgroup: nginx.service, or a path, which stands for those below it, too; from "
        "single events",
        true, text_value<&Filter::cgroup>, set_text<&Filter::cgroup>, nullptr},
    ConditionKind{"netns", "netns", "NAME", "locks of tables and TCP sockets of this network namespace", true,
                  text_value<&Filter::netns>, set_text<&Filter::netns>, nullptr},
    ConditionKind{"context", "context", "CONTEXT", "waits in this context: task, softirq or hardirq", true,
                  text_value<&Filter::context>, set_text<&Filter::context>, known_names<Context, kContexts>},
    ConditionKind{"cpu", "cpu", "N[,M..]", "waits on these CPUs: 3, or 0,2-5; from single events", true, cpu_value,
                  set_cpus, nullptr},
    ConditionKind{"wait", "min-wait", "TIME",
                  "single waits that took this long or longer, as 100us; from single events", false, min_wait_value,
                  set_min_wait, nullptr},
    ConditionKind{"time", "time", "A..B",
                  "this stretch alone, in seconds since the beginning, widened to whole intervals; either end may be "
                  "left out",
                  false, time_value<&Filter::range>, set_time<&Filter::range>, nullptr},
    ConditionKind{"time after", "time-after", "A..B", "another stretch of the side after", false,
                  time_value<&Filter::range_after>, set_time<&Filter::range_after>, nullptr},
};

void set_or_clear(Filter& filter, const ConditionKind& kind, const std::string& text) {
  // What was once set is a value that there is.
  [[maybe_unused]] const auto ignored = kind.set(filter, text);
}

std::string time_text(const std::string& value) {
  const std::size_t dots = value.find("..");
  const std::string end = value.substr(dots + 2);
  const auto seconds = [](const std::string& text) {
    return fmt::format("{:.3f} s", static_cast<double>(ns_of(text, 0).value_or(0)) / 1e9);
  };
  return end.empty() ? "from " + seconds(value.substr(0, dots))
                     : seconds(value.substr(0, dots)) + " to " + seconds(end);
}

Error unknown_value(const ConditionKind& kind, const std::string& value, const std::vector<std::string>& known) {
  const std::string meant = nearest(value, known);
  std::string hint = "did you mean " + meant + "?";
  if (meant.empty())
    hint = known.size() > 16 ? fmt::format("socklock report --by {} shows the names", kind.name)
                             : fmt::format("one of {}", fmt::join(known, ", "));
  return {fmt::format("no such {}", kind.name), fmt::format("--{} {}", kind.option, value), std::move(hint),
          ExitCode::kUsage};
}

}  // namespace

std::span<const ConditionKind> condition_kinds() { return kKinds; }

const ConditionKind* condition_kind(std::string_view name) {
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [name](const ConditionKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

std::vector<Condition> conditions(const Filter& filter) {
  std::vector<Condition> list;
  for (const ConditionKind& kind : kKinds)
    if (auto value = kind.value(filter)) list.push_back({kind.name, *std::move(value)});
  for (const Condition& condition : filter.left_out) list.push_back({condition.kind, condition.value, true});
  return list;
}

std::string text_of(const Condition& condition) {
  std::string value = condition.value;
  if (condition.kind.starts_with("time")) value = time_text(value);
  if (const auto min_wait_ns = only(condition).min_wait_ns)
    value = "of " + format_ns(static_cast<double>(*min_wait_ns)) + " or longer";
  return fmt::format("{}{} {}", condition.leaves_out ? "not " : "", condition.kind, value);
}

std::vector<std::string> condition_texts(const Filter& filter) {
  std::vector<std::string> texts;
  for (const Condition& condition : conditions(filter)) texts.push_back(text_of(condition));
  return texts;
}

Filter only(const Condition& condition) {
  Filter filter;
  if (const ConditionKind* const kind = condition_kind(condition.kind)) set_or_clear(filter, *kind, condition.value);
  return filter;
}

Filter without(Filter filter, const Condition& condition) {
  if (condition.leaves_out)
    std::erase(filter.left_out, condition);
  else if (const ConditionKind* const kind = condition_kind(condition.kind))
    set_or_clear(filter, *kind, "");
  return filter;
}

Filter both(Filter filter, const Filter& more) {
  for (const ConditionKind& kind : kKinds)
    if (const auto value = kind.value(more)) set_or_clear(filter, kind, *value);
  for (const Condition& condition : more.left_out)
    if (std::find(filter.left_out.begin(), filter.left_out.end(), condition) == filter.left_out.end())
      filter.left_out.push_back(condition);
  return filter;
}

Filter left_out(const Filter& filter) {
  Filter out;
  std::vector<Condition> list = conditions(filter);
  if (list.size() != 1 || list.front().leaves_out || !condition_kind(list.front().kind)->can_leave_out) return out;
  list.front().leaves_out = true;
  out.left_out = std::move(list);
  return out;
}

Result<void> add_condition(Filter& filter, const ConditionKind& kind, const std::string& text,
                           const Taxonomy& taxonomy) {
  const bool leaves_out = kind.can_leave_out && text.starts_with('!');
  const std::string value = leaves_out ? text.substr(1) : text;
  if (value.empty())
    return fail({fmt::format("no {} is named", kind.name), fmt::format("--{} {}", kind.option, text),
                 fmt::format("--{} {}", kind.option, kind.type_name), ExitCode::kUsage});
  if (kind.known != nullptr) {
    const std::vector<std::string> known = kind.known(taxonomy);
    if (std::find(known.begin(), known.end(), value) == known.end()) return fail(unknown_value(kind, value, known));
  }
  if (leaves_out) {
    Filter alone;
    SOCKLOCK_TRY(kind.set(alone, value));
    filter = both(std::move(filter), Filter{.left_out = {{kind.name, value, true}}});
    return {};
  }
  if (kind.value(filter))
    return fail({fmt::format("--{} is given twice, and no wait is of both", kind.option),
                 fmt::format("--{} {}", kind.option, text), "'!' before a value leaves it out, as often as wanted",
                 ExitCode::kUsage});
  return kind.set(filter, value);
}

std::vector<std::string> condition_options(const Filter& filter) {
  std::vector<std::string> words;
  for (const Condition& condition : conditions(filter)) {
    words.push_back(std::string("--") + condition_kind(condition.kind)->option);
    words.push_back((condition.leaves_out ? "!" : "") + condition.value);
  }
  return words;
}

}  // namespace socklock::analyzer
