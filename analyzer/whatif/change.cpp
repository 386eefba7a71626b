// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/nearest.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr std::string_view kRole = "role:";
constexpr double kMost = 1e6;

Error change_error(std::string what, ChangeKind kind, const std::string& text, std::string hint) {
  return {std::move(what), fmt::format("--{} {}", name_of(kind), printable(text)), std::move(hint), ExitCode::kUsage};
}

// The whole word, nothing else.
std::optional<double> number_of(const std::string& word) {
  if (word.empty() || word.find_first_not_of("0123456789.eE-") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

PathChoice path_choice(std::string word) {
  PathChoice choice;
  constexpr std::string_view kRead = ":read";
  if (word.ends_with(kRead)) {
    choice.readers_only = true;
    word.resize(word.size() - kRead.size());
  }
  choice.path = call_path_named(word);
  if (!choice.path) choice.function = word;
  return choice;
}

Result<void> check_locks(const Change& change, const std::string& text, const Taxonomy& taxonomy) {
  const bool is_there = std::any_of(taxonomy.classes.begin(), taxonomy.classes.end(),
                                    [&](const LockClass& lock_class) { return change.locks.meets(lock_class); });
  if (is_there) return {};
  std::vector<std::string> known;
  for (const LockClass& lock_class : taxonomy.classes) known.push_back(lock_class.name);
  const std::string meant = nearest(change.locks.text, known);
  return fail(change_error("no such lock class", change.kind, text,
                           meant.empty()
                               ? "a class, as socklock report --by class names them, a family such as tcp.*, or "
                                 "role:ROLE"
                               : "did you mean " + meant + "?"));
}

Result<void> set_value(Change& change, const std::string& word, const std::string& text) {
  if (change.kind == ChangeKind::kSplit && (word == "thread" || word == "cpu")) {
    change.by = word == "thread" ? SplitBy::kThread : SplitBy::kCpu;
    return {};
  }
  const auto value = number_of(word);
  if (change.kind == ChangeKind::kAvoid) {
    if (!value || *value < 0 || *value > 1)
      return fail(change_error("the share that still takes the lock is a number from 0 to 1", change.kind, text,
                               "--avoid CLASS@PATH, or CLASS@PATH=0.1 where one case in ten still takes it"));
    change.keep = *value;
    return {};
  }
  if (change.kind == ChangeKind::kSplit) {
    if (!value || *value < 1 || *value > kMost || *value != std::floor(*value))
      return fail(change_error("a lock is split into a whole number of at least 1, thread or cpu", change.kind, text,
                               "--split CLASS=8"));
    change.n = *value;
    return {};
  }
  if (!value || *value < 1 || *value > kMost)
    return fail(change_error("a hold is divided by a number of at least 1", change.kind, text, "--shorter CLASS=4"));
  change.k = *value;
  return {};
}

}  // namespace

bool LockChoice::meets(const LockClass& lock_class) const {
  if (text.starts_with(kRole)) return text.substr(kRole.size()) == name_of(lock_class.role);
  if (text.ends_with('*')) return lock_class.name.starts_with(text.substr(0, text.size() - 1));
  return lock_class.name == text;
}

std::string PathChoice::text() const {
  return (path ? std::string(name_of(*path)) : function) + (readers_only ? ":read" : "");
}

std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kSplit: return "split";
    case ChangeKind::kAvoid: return "avoid";
    case ChangeKind::kShorter: return "shorter";
  }
  return "";
}

Result<Change> parse_change(ChangeKind kind, const std::string& text, const Taxonomy& taxonomy) {
  Change change;
  change.kind = kind;
  // Neither is in the name of a class, a path or a function.
  const std::size_t equals = text.rfind('='), at = text.substr(0, equals).rfind('@');
  change.locks.text = text.substr(0, std::min(at, equals));
  SOCKLOCK_TRY(check_locks(change, text, taxonomy));
  if (at != std::string::npos)
    change.path = path_choice(text.substr(at + 1, equals == std::string::npos ? equals : equals - at - 1));
  if (kind == ChangeKind::kAvoid && change.path.is_all())
    return fail(
        change_error("which path would no longer take it?", kind, text,
                     "--avoid CLASS@PATH: a call path such as setup or send, or a function; of all paths at once: "
                     "--split CLASS=thread"));
  if (kind == ChangeKind::kSplit && !change.path.is_all())
    return fail(change_error("a lock is split for all paths", kind, text, "--split CLASS=N"));
  if (equals != std::string::npos) {
    SOCKLOCK_TRY(set_value(change, text.substr(equals + 1), text));
  } else if (kind != ChangeKind::kAvoid) {
    return fail(change_error("by how much?", kind, text, fmt::format("--{} CLASS=N", name_of(kind))));
  }
  return change;
}

std::string sentence_of(const Change& change) {
  const std::string where = change.path.is_all() ? "" : " by " + change.path.text();
  switch (change.kind) {
    case ChangeKind::kSplit:
      if (change.by == SplitBy::kThread) return change.locks.text + " were one for each thread";
      if (change.by == SplitBy::kCpu) return change.locks.text + " were one for each CPU";
      return fmt::format("{} were split into {}", change.locks.text, format_count(change.n));
    case ChangeKind::kAvoid:
      if (change.keep > 0)
        return fmt::format("{} were taken{} in {} of the cases only", change.locks.text, where,
                           format_percent(change.keep));
      return fmt::format("{} were no longer taken{}", change.locks.text, where);
    case ChangeKind::kShorter:
      return fmt::format("{} were held{} for 1/{} of the time", change.locks.text, where, format_number(change.k, 3));
  }
  return "";
}

}  // namespace socklock::analyzer
