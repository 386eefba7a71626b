// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/figure_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string>

#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// What is left of a class's wait where it is as good as gone.
constexpr double kAsGoodAsGone = 0.05;
// Acquisitions that differ by this factor make one doubt that the load was the same.
constexpr double kOtherLoad = 1.5;
// From this release on FreeBSD looks connections up under epoch(9), later SMR, instead of a lock.
constexpr int kFirstWithEpoch = 12;

bool vanished(const MovedWait& part) {
  return part.fate == Fate::kGone || (part.fate == Fate::kFell && part.after_ns <= kAsGoodAsGone * part.before_ns);
}

std::optional<Warning> of_gone(const Comparison& comparison, const Taxonomy& taxonomy) {
  std::vector<std::string> gone;
  for (const MovedWait& part : comparison.moved)
    if (vanished(part)) gone.push_back(taxonomy.at(part.lock_class).name);
  if (gone.empty()) return std::nullopt;
  return Warning{.kind = WarningKind::kGoneUnseen,
                 .before = gone,
                 .value = comparison.cpu ? comparison.cpu->ratio.value_or(0) : 0,
                 .unit = std::string(singular_of(comparison.unit))};
}

// The major release of FreeBSD; nothing for other kernels.
std::optional<int> freebsd_release(const Run& run) {
  static constexpr std::array<std::string_view, 7> kBranches{"-RELEASE", "-STABLE", "-CURRENT", "-PRERELEASE",
                                                             "-ALPHA",   "-BETA",   "-RC"};
  const std::string& release = run.facts.host.kernel_release;
  if (std::none_of(kBranches.begin(), kBranches.end(),
                   [&release](std::string_view branch) { return release.find(branch) != std::string::npos; }))
    return std::nullopt;
  int major = 0;
  if (std::from_chars(release.data(), release.data() + release.size(), major).ec != std::errc()) return std::nullopt;
  return major;
}

// Of each side, the releases; whether they lie on different sides of the change.
std::optional<Warning> of_unseen_readers(const Side& before, const Side& after) {
  Warning warning{.kind = WarningKind::kReadersUnseen};
  std::set<bool> with_epoch;
  for (const Side* side : {&before, &after}) {
    std::set<std::string> releases;
    for (const RunMeasures& run : *side) {
      const auto release = freebsd_release(run.run->run);
      if (!release) return std::nullopt;
      with_epoch.insert(*release >= kFirstWithEpoch);
      releases.insert(run.run->run.facts.host.kernel_release);
    }
    (side == &before ? warning.before : warning.after).assign(releases.begin(), releases.end());
  }
  if (with_epoch.size() < 2) return std::nullopt;
  return warning;
}

// Without a unit of work nothing else says that the load was another.
std::optional<Warning> of_acquisitions(const Comparison& comparison, const Taxonomy& taxonomy) {
  if (comparison.unit != WorkUnit::kSeconds) return std::nullopt;
  double before = 0, after = 0;
  for (const AcquiredComparison& row : comparison.acquired.rows) {
    if (row.path || !row.before || !row.after || !part_of(taxonomy.at(row.lock_class))) continue;
    before += row.before->per_unit;
    after += row.after->per_unit;
  }
  if (before <= 0 || after <= 0) return std::nullopt;
  const double ratio = after / before;
  if (ratio < kOtherLoad && ratio > 1 / kOtherLoad) return std::nullopt;
  return Warning{.kind = WarningKind::kAcquisitions,
                 .before = {format_count(before)},
                 .after = {format_count(after)},
                 .value = ratio};
}

}  // namespace

std::vector<Warning> warnings_of_figures(const Comparison& comparison, const Side& before, const Side& after,
                                         const Taxonomy& taxonomy) {
  std::vector<Warning> warnings;
  for (const auto& warning :
       {of_acquisitions(comparison, taxonomy), of_gone(comparison, taxonomy), of_unseen_readers(before, after)})
    if (warning) warnings.push_back(*warning);
  return warnings;
}

}  // namespace socklock::analyzer
