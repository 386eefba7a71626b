// SPDX-License-Identifier: GPL-2.0-or-later
// A trace into rows by minute and hour of the wall clock, with the classes and paths of the analyzer's taxonomy. Sums
// are those that `socklock query` has of the same trace, to the nanosecond.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/row.h"

namespace socklock::analyzer {
struct Taxonomy;
}

namespace socklock::fleet {

struct RollUpOptions {
  std::vector<std::string> labels{};          // "group=canary"
  std::string host{};                         // instead of the trace's
  std::optional<std::string> redact_key{};    // the host's name becomes its HMAC-SHA-256 with this, in hex
  std::uint32_t rules_version = 0;            // of the taxonomy (analyzer/taxonomy/rules_version.h)
  std::uint32_t every_s = 60;                 // length of a row of `minutes`: a divisor of an hour
  std::uint64_t lost_traces = 0;              // what the rows are to say of that
  std::uint64_t budget_bytes = 256ULL << 20;  // what the trace may unpack to
};

struct RollUp {
  std::string run_id;
  std::uint64_t begin_s = 0, end_s = 0;  // of what was recorded, seconds since 1970
  std::vector<Row> minutes, hours;       // by time
  std::map<std::uint64_t, Name> names;   // of every hash in the rows
  std::uint32_t taxonomy = 0;
  bool is_damaged = false;  // what could be read of it is in the rows
};

// One pass over the file. Errors: it can't be read; it does not say when or for how long it was recorded, so that no
// minute can be named; an interval is longer than an hour.
Result<RollUp> roll_up(const std::string& path, const analyzer::Taxonomy& taxonomy, const RollUpOptions& options);

// Labels are few and short: KEY=VALUE, sorted by key. Errors (usage): which is none.
Result<std::vector<std::string>> checked_labels(std::vector<std::string> labels);

}  // namespace socklock::fleet
