// SPDX-License-Identifier: GPL-2.0-or-later
// A change that nobody has made yet: a lock split, not taken on a path, held for less time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/taxonomy/taxonomy.h"
#include "base/result.h"

namespace socklock::analyzer {

// Locks by class ("tcp.ehash"), family ("tcp.*") or role ("role:connection table").
struct LockChoice {
  std::string text;
  [[nodiscard]] bool meets(const LockClass& lock_class) const;
};

// Waits and holds by call path ("setup") or function ("inet_csk_accept"); without either: all.
struct PathChoice {
  std::optional<CallPath> path{};
  std::string function{};
  bool readers_only = false;
  [[nodiscard]] bool is_all() const { return !path && function.empty() && !readers_only; }
  // "setup:read"; empty of all.
  [[nodiscard]] std::string text() const;
  bool operator==(const PathChoice&) const = default;
};

enum class ChangeKind : std::uint8_t { kSplit, kAvoid, kShorter };
std::string_view name_of(ChangeKind kind);  // "split", "avoid", "shorter"

enum class SplitBy : std::uint8_t { kNumber, kThread, kCpu };

struct Change {
  ChangeKind kind = ChangeKind::kSplit;
  LockChoice locks{};
  PathChoice path{};
  SplitBy by = SplitBy::kNumber;
  double n = 1;     // split: locks where there is one
  double keep = 0;  // avoid: share of cases in which the lock is still taken
  double k = 1;     // shorter: held for 1/k of the time
};

// "CLASS=N", "CLASS=thread", "CLASS@PATH=KEEP", "CLASS@PATH=K": as behind --split, --avoid, --shorter. Errors: usage;
// no class of the taxonomy is meant.
Result<Change> parse_change(ChangeKind kind, const std::string& text, const Taxonomy& taxonomy);

// "tcp.ehash split into 8", for people.
std::string sentence_of(const Change& change);

}  // namespace socklock::analyzer
