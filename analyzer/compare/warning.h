// SPDX-License-Identifier: GPL-2.0-or-later
// Reasons to doubt a comparison, as values: every renderer shows them, each in its own way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace socklock::analyzer {

enum class SideName : std::uint8_t { kBefore, kAfter };
std::string_view name_of(SideName side);

enum class WarningKind : std::uint8_t {
  kSameRun,          // `runs`: read a second time
  kSameTime,         // `runs`: a first two that were recorded at once on one host; `value`: runs that began so
  kSpinlockModes,    // differ; `before`, `after`
  kSpinlocksUnseen,  // test-and-set on at least one side
  kLevels,           // capability levels differ
  kHosts,            // differ
  kKernels,          // differ
  kCpus,             // numbers of CPUs differ
  kFilters,          // differ
  kOwnerWaits,       // recorded in some runs only
  kUnits,            // recorders or origins that count work differently
  kWorkRules,        // what counts as a connection differs; `before`, `after`
  kUnfilteredWork,   // `runs`: filtered, but not their work
  kLoad,             // `value`: after divided by before, minus 1
  kDrift,            // on `side`; `value`: change from first to last run
  kNotInterleaved,   // all runs of one side before all of the other
  kDamaged,          // `runs`
  kNotClosed,        // `runs`
  kWorkloadFailed,   // `runs`; `value`: exit status
  kImported,         // on `side`; `before`: importers
  kLost,             // on `side`; `value`: events
  kAcquisitions,     // per second they changed by the factor `value`; `before`, `after`
  kUntimed,          // on `side`; `value`: contentions without a length, of `before`
  kGoneUnseen,       // `before`: classes that vanished without counterpart; `value`: CPU ratio, 0: not measured
  kReadersUnseen,    // `before`, `after`: releases, only one side's of which look connections up without a lock
  kLabels,           // `before`, `after`: labels that contradict the sides
  kOnlyPart,         // `before`: the conditions of the filter
  kRedacted,         // no names of hosts, folders, commands
};
std::string_view name_of(WarningKind kind);  // "same-run", "spinlock-modes", ...

struct Warning {
  WarningKind kind = WarningKind::kSameRun;
  std::optional<SideName> side{};
  std::vector<std::string> runs{};    // paths of traces
  std::vector<std::string> before{};  // distinct values on each side
  std::vector<std::string> after{};
  double value = 0;
  std::string unit{};  // of work, where it matters
};

// One sentence. Names in it come from traces: escape it for the place where it is shown.
std::string message(const Warning& warning);

}  // namespace socklock::analyzer
