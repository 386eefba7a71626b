// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/what_if_data.h"

#include <algorithm>
#include <array>

#include "analyzer/label/labelled_run.h"
#include "analyzer/whatif/load_use.h"

namespace socklock::gui {
namespace {

using analyzer::Change;
using analyzer::ChangeKind;

// Fewer than a command line's: a curve has many.
constexpr std::uint64_t kCurveVisits = 20'000;
constexpr std::array<double, 12> kCurveNumbers{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
constexpr double kLeastShare = 0.01;

std::vector<Change> changesOf(const WhatIfChoice& choice, double number) {
  Change change;
  change.locks.text = choice.lock_class;
  switch (choice.kind) {
    case WhatIfKind::kSplit: change.n = number; break;
    case WhatIfKind::kEachThread: change.by = analyzer::SplitBy::kThread; break;
    case WhatIfKind::kShorter:
      change.kind = ChangeKind::kShorter;
      change.k = number;
      break;
    case WhatIfKind::kAvoid: {
      change.kind = ChangeKind::kAvoid;
      std::vector<Change> changes;
      for (const analyzer::CallPath path : choice.avoided) {
        change.path.path = path;
        changes.push_back(change);
      }
      return changes;
    }
  }
  return {change};
}

// Equal for choices that ask about the same parts of the runs.
std::string signatureOf(const WhatIfChoice& choice, analyzer::WorkUnit unit) {
  std::string text(name_of(unit));
  if (choice.kind == WhatIfKind::kShorter) text += " shorter " + choice.lock_class;
  if (choice.kind == WhatIfKind::kAvoid) {
    text += " avoid " + choice.lock_class;
    for (const analyzer::CallPath path : choice.avoided) text += " " + std::string(name_of(path));
  }
  return text;
}

}  // namespace

WhatIfResult estimateFor(WhatIfRequest request, const Watch& watch) {
  WhatIfResult result{{request.choice, {}, {}, {}}, std::move(request.known)};
  const auto changes = changesOf(request.choice, request.choice.number);
  if (changes.empty()) return result;
  auto& uses = result.known[signatureOf(request.choice, request.unit)];
  if (!uses) {
    auto loaded = analyzer::load_use_in(request.runs->before, request.taxonomy, changes, request.unit);
    if (!loaded) {
      result.answer.error = loaded.error().message();
      return result;
    }
    uses = std::make_shared<const std::vector<analyzer::RunUse>>(*std::move(loaded));
  }
  result.answer.estimate = analyzer::what_if(*uses, changes, {});
  result.answer.estimate.unit = name_of(request.unit);
  result.answer.estimate.unit_singular = singular_of(request.unit);
  if (!request.choice.hasCurve() || result.answer.estimate.is_refused()) return result;
  for (const double number : kCurveNumbers) {
    if (watch.isStopped()) break;
    const auto at = changesOf(request.choice, number);
    result.answer.curve.push_back({number, analyzer::what_if(*uses, at, {.visits = kCurveVisits}).left});
  }
  return result;
}

std::vector<std::string> whatIfClasses(const Findings& findings) {
  std::map<analyzer::ClassId, double> waits;
  double all = 0;
  for (const analyzer::LabelledRun& run : findings.runs->before)
    for (std::size_t row = 0; row < run.run.waits.size(); ++row) {
      const auto wait_ns = static_cast<double>(run.run.waits.sums[row].wait_ns);
      waits[run.labels[row].lock_class] += wait_ns;
      all += wait_ns;
    }
  std::vector<std::pair<double, std::string>> classes;
  for (const auto& [id, wait_ns] : waits)
    if (wait_ns >= kLeastShare * all && wait_ns > 0) classes.emplace_back(wait_ns, findings.taxonomy.at(id).name);
  std::sort(classes.rbegin(), classes.rend());
  std::vector<std::string> names;
  for (auto& [wait_ns, name] : classes) names.push_back(std::move(name));
  return names;
}

std::vector<analyzer::CallPath> whatIfPaths(const Findings& findings, const std::string& lock_class) {
  std::vector<analyzer::CallPath> paths;
  for (const analyzer::LabelledRun& run : findings.runs->before)
    for (std::size_t row = 0; row < run.run.waits.size(); ++row) {
      const analyzer::WaitLabels& labels = run.labels[row];
      if (run.run.waits.sums[row].contentions == 0 || findings.taxonomy.at(labels.lock_class).name != lock_class)
        continue;
      if (std::find(paths.begin(), paths.end(), labels.path) == paths.end()) paths.push_back(labels.path);
    }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace socklock::gui
