// SPDX-License-Identifier: GPL-2.0-or-later
// What a filter can ask of waits, once: options of the command line, chips of the viewer, sessions and the sentences of
// reports read this list. A new kind of condition is a member of Filter and an entry in conditions.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/measure/filter.h"
#include "base/result.h"

namespace socklock::analyzer {

struct Taxonomy;

struct ConditionKind {
  const char* name;       // of chips and sessions
  const char* option;     // of the command line, without "--"
  const char* type_name;  // of what the option takes
  const char* summary;    // of the option
  bool can_leave_out;     // "!VALUE"
  // As `set` takes it; nothing: it is not set.
  std::optional<std::string> (*value)(const Filter& filter);
  // An empty text takes the condition away. Errors: there is no such value; the hint says which there are.
  Result<void> (*set)(Filter& filter, const std::string& text);
  // Names that `text` has to be one of, where rules know them all; nullptr: any text.
  std::vector<std::string> (*known)(const Taxonomy& taxonomy);
};
std::span<const ConditionKind> condition_kinds();
// nullptr: there is none of this name.
const ConditionKind* condition_kind(std::string_view name);

// Those that are set, in the order of the list, then those that leave out.
std::vector<Condition> conditions(const Filter& filter);
// "class tcp.ehash", "not class tcp.ehash", "time 1.500 s to 3.000 s".
std::string text_of(const Condition& condition);
std::vector<std::string> condition_texts(const Filter& filter);
// A filter of this condition alone, whether it leaves out or not; of an unknown kind or value an empty one.
Filter only(const Condition& condition);
Filter without(Filter filter, const Condition& condition);
// The conditions of both; where both have one of a kind, that of `more`, but what either leaves out is left out.
Filter both(Filter filter, const Filter& more);
// The conditions of `filter` left out instead of asked for; of several together nothing, which is not one condition.
Filter left_out(const Filter& filter);

// `text` as an option takes it: a value, or "!" and a value, which leaves out what has it. Errors: a second value of a
// kind that is asked for; no such class, path, role or context; a time that is none.
Result<void> add_condition(Filter& filter, const ConditionKind& kind, const std::string& text,
                           const Taxonomy& taxonomy);
// What the command line takes for the filter: {"--class", "tcp.ehash", "--path", "!send"}.
std::vector<std::string> condition_options(const Filter& filter);

}  // namespace socklock::analyzer
