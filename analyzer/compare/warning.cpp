// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/warning.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// `words`: what differs, for kinds that say only so.
struct Kind {
  WarningKind kind;
  std::string_view name;
  std::string_view words;
};
constexpr auto kKinds = std::to_array<Kind>({
    {WarningKind::kSameRun, "same-run", ""},
    {WarningKind::kSameTime, "same-time", ""},
    {WarningKind::kSpinlockModes, "spinlock-modes", "spinlock modes, which see different waits"},
    {WarningKind::kSpinlocksUnseen, "spinlocks-unseen", ""},
    {WarningKind::kLevels, "levels", "capability levels"},
    {WarningKind::kHosts, "hosts", "hosts"},
    {WarningKind::kKernels, "kernels", "kernels"},
    {WarningKind::kCpus, "cpus", "numbers of CPUs"},
    {WarningKind::kFilters, "filters", "filters"},
    {WarningKind::kOwnerWaits, "owner-waits", "coverage of waits for socket owners"},
    {WarningKind::kUnits, "units", "origins of the traces, which may count work differently"},
    {WarningKind::kWorkRules, "work-rules", "ideas of what a connection is"},
    {WarningKind::kUnfilteredWork, "unfiltered-work", ""},
    {WarningKind::kLoad, "load", ""},
    {WarningKind::kDrift, "drift", ""},
    {WarningKind::kNotInterleaved, "not-interleaved", ""},
    {WarningKind::kDamaged, "damaged", ""},
    {WarningKind::kNotClosed, "not-closed", ""},
    {WarningKind::kWorkloadFailed, "workload-failed", ""},
    {WarningKind::kImported, "imported", ""},
    {WarningKind::kLost, "lost", ""},
    {WarningKind::kUntimed, "untimed", ""},
    {WarningKind::kGoneUnseen, "gone-unseen", ""},
    {WarningKind::kReadersUnseen, "readers-unseen", ""},
    {WarningKind::kAcquisitions, "acquisitions", ""},
    {WarningKind::kLabels, "labels", ""},
    {WarningKind::kOnlyPart, "only-part", ""},
    {WarningKind::kRunsLeftOut, "runs-left-out", ""},
    {WarningKind::kRedacted, "redacted", ""},
});

const Kind& kind_of(WarningKind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(), [kind](const Kind& entry) { return entry.kind == kind; });
}

std::string joined(const std::vector<std::string>& values) { return fmt::format("{}", fmt::join(values, ", ")); }

std::string quoted(const std::vector<std::string>& paths) { return fmt::format("'{}'", fmt::join(paths, "', '")); }

std::string gone_message(const Warning& warning) {
  const std::string cpu = warning.value > 0
                              ? fmt::format("CPU time per {} is {:.3g}× of before", warning.unit, warning.value)
                              : "CPU time was not measured";
  return fmt::format(
      "waits for {} vanished, or all but vanished, and no lock that may stand in for them rose: either the contention "
      "is "
      "gone, or it went where no lock event sees it (RCU, seqlock, epoch, atomics); {}",
      joined(warning.before), cpu);
}

}  // namespace

std::string_view name_of(SideName side) { return side == SideName::kBefore ? "before" : "after"; }

std::string_view name_of(WarningKind kind) { return kind_of(kind).name; }

namespace {

std::string acquisitions_message(const Warning& warning) {
  return fmt::format(
      "locks of the socket layer were acquired {} times a second before, {} after ({:.2g}×), and figures are per "
      "second: the load did another amount of work; --work-before and --work-after state how much",
      joined(warning.before), joined(warning.after), warning.value);
}

// What somebody chose to leave out.
std::string part_message(const Warning& warning) {
  if (warning.kind == WarningKind::kOnlyPart)
    return "only a part of the waits is compared, and no statement is made about others: " + joined(warning.before) +
           "; work, CPU time and losses are of all";
  return fmt::format("{} left out by hand: {}", warning.runs.size() == 1 ? "a run was" : "runs were",
                     joined(warning.runs));
}

}  // namespace

std::string message(const Warning& warning) {
  const std::string_view side = warning.side ? name_of(*warning.side) : "";
  switch (warning.kind) {
    case WarningKind::kSameRun:
      return quoted(warning.runs) +
             " holds a run that is compared already: a run counts once, and one on both sides leaves nothing to judge";
    case WarningKind::kSameTime:
      return fmt::format(
          "{} were recorded on one host at the same time{}: each has waits of the other's load, or because of it",
          quoted(warning.runs), warning.value > 1 ? fmt::format(", as {:.0f} more", warning.value - 1) : std::string());
    case WarningKind::kSpinlocksUnseen:
      return "spinlock mode test-and-set: waits for spinlocks can't be seen on this machine";
    case WarningKind::kUnfilteredWork:
      return quoted(warning.runs) +
             " is filtered, but its work can't be told from others': nothing is said per unit of it";
    case WarningKind::kLoad:
      return fmt::format("the load differs: {} {} a second before, {} after ({:+.0f}%)", joined(warning.before),
                         warning.unit, joined(warning.after), 100 * warning.value);
    case WarningKind::kDrift:
      return fmt::format(
          "drift: the wait changes steadily from run to run on the {} side ({:+.0f}% from first to last)", side,
          100 * warning.value);
    case WarningKind::kNotInterleaved:
      return "all runs of one side were recorded before all of the other: a drift of the host would look like an "
             "effect; interleave them";
    case WarningKind::kDamaged: return quoted(warning.runs) + " is damaged: what could be read of it is compared";
    case WarningKind::kNotClosed: return quoted(warning.runs) + " was not closed in order: its end is missing";
    case WarningKind::kWorkloadFailed:
      return fmt::format("the workload of {} ended with status {:.0f}", quoted(warning.runs), warning.value);
    case WarningKind::kImported:
      return fmt::format(
          "the {} side was imported ({}), and lacks what was not recorded there: socklock info says what", side,
          joined(warning.before));
    case WarningKind::kLost:
      return fmt::format("{:.0f} waits or details of waits were lost on the {} side: see socklock info", warning.value,
                         side);
    case WarningKind::kAcquisitions: return acquisitions_message(warning);
    case WarningKind::kUntimed:
      return fmt::format(
          "how long {:.0f} of {} contentions {} were is not known (FreeBSD before 10.3 counts loops of spins): the "
          "wait is at least what is shown, and a verdict is given only where it holds whatever those were",
          warning.value, joined(warning.before), side);
    case WarningKind::kGoneUnseen: return gone_message(warning);
    case WarningKind::kReadersUnseen:
      return fmt::format(
          "FreeBSD {} and {}: from 12 on connections are looked up under epoch or SMR, which no lock event sees, above "
          "all in input; waits for connection tables that are gone may be gone from sight, so compare CPU time, too",
          joined(warning.before), joined(warning.after));
    case WarningKind::kLabels:
      return fmt::format("the sides look swapped: labelled {} before, {} after", quoted(warning.before),
                         quoted(warning.after));
    case WarningKind::kOnlyPart:
    case WarningKind::kRunsLeftOut: return part_message(warning);
    case WarningKind::kRedacted:
      return "redacted: names of hosts and filters were replaced, command lines and folders left out";
    default: break;
  }
  return fmt::format("different {}: before {}; after {}", kind_of(warning.kind).words, joined(warning.before),
                     joined(warning.after));
}

}  // namespace socklock::analyzer
