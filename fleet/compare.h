// SPDX-License-Identifier: GPL-2.0-or-later
// Did a change that some hosts have do anything, against hosts that do not have it? The checks before a verdict, and
// the verdict of analyzer/compare/difference_in_differences.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/compare/difference_in_differences.h"
#include "analyzer/compare/estimate.h"
#include "analyzer/document/document.h"
#include "base/result.h"
#include "fleet/store.h"

namespace socklock::fleet {

struct CompareQuestion {
  Selector canary, control;
  std::vector<std::string> canary_hosts;  // instead of labels: these
  Window before, after;
  std::string unit{};         // connections, operations or seconds; empty: the first that hosts have
  std::string replication{};  // label by which hosts share a load: sums of each value are the units
  // Of these only hosts with values that both groups have are compared: kernel, spinlock_mode, keys of labels.
  std::vector<std::string> same{};
  analyzer::Criteria criteria;  // of an early look: stricter
  std::string look_text{};      // which look of how many; empty: the only one
  std::size_t limit = 12;
  // Of the waits only those whose name meets it; `condition_text` says what that is.
  std::function<bool(const Name&)> meets{};
  std::string condition_text{};
};

enum class FleetVerdict : std::uint8_t { kImproved, kRegressed, kUnchanged, kInconclusive };
std::string_view name_of(FleetVerdict verdict);

struct ComparedSlice {
  std::string name;
  analyzer::DidEffect effect;
  std::optional<double> q;
  FleetVerdict verdict = FleetVerdict::kInconclusive;
  double canary_wait_before = 0, canary_wait_after = 0;  // ns per unit of work, of all canaries together
};

struct GroupFacts {
  std::size_t hosts = 0;  // that said anything before or after
  std::size_t compared = 0;
  std::size_t missing_after = 0;  // there before and not after: a canary that died is no improvement
  std::size_t missing_before = 0;
  std::size_t uncovered = 0;  // less than 80% of a window
  std::size_t without_work = 0;
  std::size_t unlike = 0;         // no host of the other group is the same in what was asked for
  std::size_t modes_changed = 0;  // spinlock mode or level
  std::size_t kernels_changed = 0;
  std::uint64_t lost = 0;
  double work_before = 0, work_after = 0;  // per second
};

struct FleetComparison {
  Window before, after;
  std::string unit;  // "connection"
  ComparedSlice headline;
  std::vector<ComparedSlice> classes;
  GroupFacts canary, control;
  std::optional<double> placebo_p;
  std::vector<std::string> warnings;
  // Why there is no verdict, whatever the figures say; empty: there may be one.
  std::string no_verdict;
  double confidence = 0.95, threshold = 0.05;
  std::string condition_text, look_text;
};

// Errors: usage (a host in both groups); kNotEnoughData (no host of a group); what the store says.
Result<FleetComparison> compare_fleet(Store& store, const CompareQuestion& question);
analyzer::Document compare_document(const FleetComparison& comparison, std::size_t limit);

}  // namespace socklock::fleet
