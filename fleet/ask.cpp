// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/ask.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "analyzer/compare/sequential.h"
#include "analyzer/measure/conditions.h"
#include "base/small_file.h"
#include "fleet/click_house_store.h"
#include "fleet/folder_store.h"
#include "fleet/times.h"

namespace socklock::fleet {
namespace {

constexpr std::size_t kMostHostsBytes = 1U << 20;

// "2/4": at a share of the time that was planned.
Result<void> read_look(const std::string& text, CompareQuestion& question) {
  if (text.empty()) return {};
  unsigned look = 0, looks = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, look);
  const bool has_slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = has_slash ? std::from_chars(first.ptr + 1, end, looks) : first;
  if (!has_slash || second.ec != std::errc() || second.ptr != end || look < 1 || look > looks || looks > 20)
    return fail({"not which look of how many", "--look '" + text + "'", "as --look 2/4; at most 20", ExitCode::kUsage});
  const double planned = question.criteria.confidence;
  question.criteria.confidence = analyzer::confidence_of_look(look, looks, planned);
  question.look_text =
      fmt::format("look {} of {}: judged at {:.4g}%, so that all looks together err as often as one at {:.4g}%", look,
                  looks, 100 * question.criteria.confidence, 100 * planned);
  return {};
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Result<void> windows_of(const CompareWords& given, CompareQuestion& question) {
  if (!given.before.empty() || !given.after.empty()) {
    if (given.before.empty() || given.after.empty() || !given.at.empty())
      return fail({"both windows, or --at with --window", "--before-window", "", ExitCode::kUsage});
    SOCKLOCK_TRY_ASSIGN(question.before, parse_window(given.before, "--before-window", present_s()));
    SOCKLOCK_TRY_ASSIGN(question.after, parse_window(given.after, "--after-window", present_s()));
  } else {
    if (given.at.empty() || given.window.empty())
      return fail({"when the change came is not said", "", "--at TIME --window 4h", ExitCode::kUsage});
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t at, parse_moment(given.at, "--at", present_s()));
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t length, parse_stretch(given.window, "--window"));
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t settle, parse_stretch(given.settle, "--settle"));
    question.before = {at - std::min(at, length), at};
    question.after = {at + settle, at + settle + length};
  }
  for (Window* window : {&question.before, &question.after}) {
    // Rows are of whole minutes: a minute that the change is in belongs to neither side.
    window->begin_s = (window->begin_s + 59) / 60 * 60;
    window->end_s = window->end_s / 60 * 60;
    if (window->seconds() < 60 || window->end_s <= window->begin_s)
      return fail({"a window of less than a whole minute", "", "--window 4h", ExitCode::kUsage});
  }
  if (question.before.end_s > question.after.begin_s)
    return fail({"the windows overlap, or after is before before", "", "", ExitCode::kUsage});
  return {};
}

Result<std::vector<std::string>> read_hosts(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(const SmallFile file, read_small_file(path, {.most_bytes = kMostHostsBytes}));
  std::istringstream lines(file.text);
  std::vector<std::string> hosts;
  std::string line;
  while (std::getline(lines, line)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && line.front() != '#') hosts.push_back(line);
  }
  if (hosts.empty()) return fail({"no host in it", "'" + path + "'", "a host a line", ExitCode::kUsage});
  return hosts;
}

// Of a name what a filter of waits can ask.
Result<void> filter_names(const analyzer::Filter& filter, CompareQuestion& question) {
  if (filter.is_empty()) return {};
  if (filter.frame || filter.instance || filter.process || filter.thread || filter.cgroup || filter.netns ||
      filter.min_wait_ns || filter.cpus || filter.has_range())
    return fail({"a fleet's rows know class, role, path, context and function only", "", "", ExitCode::kUsage});
  std::vector<analyzer::Condition> out = filter.left_out;
  for (const analyzer::Condition& condition : out)
    if (condition.kind != "class" && condition.kind != "path" && condition.kind != "role" &&
        condition.kind != "context" && condition.kind != "function")
      return fail(
          {"a fleet's rows know class, role, path, context and function only", condition.kind, "", ExitCode::kUsage});
  question.condition_text = fmt::format("{}", fmt::join(analyzer::condition_texts(filter), ", "));
  question.meets = [filter, out](const Name& name) {
    const auto is = [&name](const std::string& kind, const std::string& value) {
      return (kind == "class"     ? name.lock_class
              : kind == "path"    ? name.call_path
              : kind == "role"    ? name.role
              : kind == "context" ? name.context
                                  : name.function) == value;
    };
    return (!filter.lock_class || name.lock_class == *filter.lock_class) &&
           (!filter.path || name.call_path == analyzer::name_of(*filter.path)) &&
           (!filter.role || name.role == analyzer::name_of(*filter.role)) &&
           (!filter.context || name.context == *filter.context) &&
           (!filter.function || name.function == *filter.function) &&
           std::none_of(out.begin(), out.end(), [&](const analyzer::Condition& c) { return is(c.kind, c.value); });
  };
  return {};
}

Result<std::unique_ptr<Store>> open_store(const CompareWords& given, const analyzer::Taxonomy& taxonomy,
                                          std::uint32_t rules_version, CompareQuestion& question) {
  if (!given.store.urls.empty()) {
    SOCKLOCK_TRY(check_selector(given.canary, "--canary"));
    SOCKLOCK_TRY(check_selector(given.control, "--control"));
    question.canary = given.canary_hosts.empty() ? given.canary : given.control;
    question.control = given.control;
    SOCKLOCK_TRY_ASSIGN(auto store, ClickHouseStore::open(given.store));
    return std::make_unique<ClickHouseStore>(std::move(store));
  }
  if (given.canary.size() != 1 || given.control.size() != 1)
    return fail(
        {"a folder of traces for each group", "", "--canary DIR --control DIR, or --from URL", ExitCode::kUsage});
  std::error_code ignored;
  for (const auto& group : {given.canary.front(), given.control.front()})
    if (!std::filesystem::is_directory(group, ignored))
      return fail(
          {"no folder of traces", "'" + group + "'", "labels, as group=canary, need --from URL", ExitCode::kUsage});
  question.canary = {"folder=" + given.canary.front()};
  question.control = {"folder=" + given.control.front()};
  RollUpOptions options;
  options.rules_version = rules_version;
  SOCKLOCK_TRY_ASSIGN(auto store, FolderStore::open({given.canary.front(), given.control.front()}, taxonomy, options));
  return std::make_unique<FolderStore>(std::move(store));
}

}  // namespace

Result<Asked> ask(const CompareWords& words, const analyzer::Taxonomy& taxonomy, std::uint32_t rules_version) {
  Asked asked;
  CompareQuestion& question = asked.question;
  if (words.control.empty() || (words.canary.empty() && words.canary_hosts.empty()))
    return fail({"a group is missing", "", "--canary group=canary --control group=control", ExitCode::kUsage});
  if (!words.unit.empty() && words.unit != "connections" && words.unit != "operations" && words.unit != "seconds")
    return fail(
        {"a fleet's rows count connections, operations and seconds", "--unit " + words.unit, "", ExitCode::kUsage});
  SOCKLOCK_TRY(windows_of(words, question));
  SOCKLOCK_TRY(filter_names(words.filter, question));
  if (!words.canary_hosts.empty()) {
    SOCKLOCK_TRY_ASSIGN(question.canary_hosts, read_hosts(words.canary_hosts));
  }
  question.unit = words.unit;
  question.replication = words.replication;
  question.criteria = words.criteria;
  SOCKLOCK_TRY(read_look(words.look, question));
  question.same = split_at_commas(words.same);
  SOCKLOCK_TRY_ASSIGN(asked.store, open_store(words, taxonomy, rules_version, question));
  return asked;
}

Result<Window> window_until(const std::string& since, const std::string& until, std::uint64_t usual_s) {
  Window window{0, present_s()};
  bool is_stretch = true;
  if (!until.empty()) {
    SOCKLOCK_TRY_ASSIGN(window.end_s, parse_moment(until, "--until", present_s()));
  }
  window.begin_s = window.end_s - std::min(window.end_s, usual_s);
  if (!since.empty()) {
    if (const auto stretch = parse_stretch(since, "--since"); stretch) {
      window.begin_s = window.end_s - std::min(window.end_s, *stretch);
    } else {
      is_stretch = false;
      SOCKLOCK_TRY_ASSIGN(window.begin_s, parse_moment(since, "--since", present_s()));
    }
  }
  constexpr std::uint64_t kHour = 3600;
  if (is_stretch && until.empty() && window.seconds() >= 2 * kHour)
    window = {window.begin_s / kHour * kHour, (window.end_s + kHour - 1) / kHour * kHour};
  if (window.begin_s >= window.end_s)
    return fail({"it ends before it begins", "--since " + since, "", ExitCode::kUsage});
  return window;
}

}  // namespace socklock::fleet
