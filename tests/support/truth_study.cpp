// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/truth_study.h"

#include <array>
#include <cmath>
#include <utility>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"
#include "analyzer/measure/breakdown.h"
#include "tests/support/sampled_run.h"

namespace socklock::testing {
namespace {

using namespace analyzer;

constexpr std::array kKinds{By::kClass, By::kPath, By::kClassPath, By::kFunction, By::kContext};
constexpr double kLargeSlice = 200;
// The histogram's middle is not the mean: sums of estimates differ by a rounding from those of rows.
constexpr double kRounding = 0;

using Slices = std::map<std::string, const Slice*>;

Slices by_name(const std::vector<Slice>& slices) {
  Slices names;
  for (const Slice& slice : slices) names[slice.name] = &slice;
  return names;
}

double count_of(const Slice& slice) { return static_cast<double>(slice.stats.sums.contentions); }
double wait_of(const Slice& slice) { return static_cast<double>(slice.stats.sums.wait_ns); }

bool covers_count(const Slice& estimate, double truth) {
  return std::abs(count_of(estimate) - truth) <= estimate.error.contentions + kRounding;
}

void add_slice(const Slice& estimate, const Slice* truth, Coverage& coverage) {
  const double true_count = truth ? count_of(*truth) : 0, true_wait = truth ? wait_of(*truth) : 0;
  const bool count_in = covers_count(estimate, true_count);
  const bool wait_in = std::abs(wait_of(estimate) - true_wait) <= estimate.error.wait_ns + kRounding;
  ++coverage.slices;
  coverage.count_covered += count_in ? 1 : 0;
  coverage.wait_covered += wait_in ? 1 : 0;
  if (estimate.error.contentions == 0) {
    ++coverage.exact;
    coverage.exact_right += count_in ? 1 : 0;
  } else {
    ++coverage.own;
    coverage.own_covered += count_in ? 1 : 0;
  }
  if (count_of(estimate) < 50) return;
  coverage.width += estimate.error.contentions;
  coverage.wide += count_of(estimate);
}

}  // namespace

void Coverage::add(const Coverage& other) {
  for (double Coverage::*value : {&Coverage::slices, &Coverage::count_covered, &Coverage::wait_covered,
                                  &Coverage::exact, &Coverage::exact_right, &Coverage::waits, &Coverage::unseen_waits,
                                  &Coverage::width, &Coverage::wide, &Coverage::own, &Coverage::own_covered})
    this->*value += other.*value;
}

Result<TruthStudy> study_truth(const std::string& path, unsigned seeds, unsigned rate_bits) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  SOCKLOCK_TRY_ASSIGN(const EventTable events, load_events(path, taxonomy));
  const LabelledRun truth = label(all_stacks(events), taxonomy);
  TruthStudy study;
  study.label = events.kinds->run.facts.label;
  std::map<By, std::vector<Slice>> true_slices;
  std::map<std::pair<By, std::string>, SliceTruth> large;
  for (const By by : kKinds) {
    true_slices[by] = break_down(truth, taxonomy, by);
    for (const Slice& slice : true_slices[by])
      if (count_of(slice) >= kLargeSlice)
        large[{by, slice.name}] = {std::string(name_of(by)), slice.name, count_of(slice), 0, 0, 0};
  }
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const LabelledRun sampled = label(sample_stacks(events, seed, rate_bits), taxonomy);
    for (const By by : kKinds) {
      const std::vector<Slice> slices = break_down(sampled, taxonomy, by);
      const Slices estimates = by_name(slices), truths = by_name(true_slices[by]);
      Coverage& coverage = study.by_kind[std::string(name_of(by))];
      for (const auto& [name, slice] : truths) {
        coverage.waits += count_of(*slice);
        if (!estimates.contains(name)) coverage.unseen_waits += count_of(*slice);
      }
      for (const auto& [name, slice] : estimates) {
        const auto there = truths.find(name);
        add_slice(*slice, there == truths.end() ? nullptr : there->second, coverage);
      }
      for (auto& [key, slice] : large) {
        if (key.first != by) continue;
        const auto there = estimates.find(key.second);
        const double count = there == estimates.end() ? 0 : count_of(*there->second);
        slice.mean_estimate += count / seeds;
        slice.sd += count * count / seeds;
        slice.covered += there != estimates.end() && covers_count(*there->second, slice.truth) ? 1 : 0;
      }
    }
  }
  for (auto& [key, slice] : large) {
    slice.sd = std::sqrt(std::max(0.0, slice.sd - slice.mean_estimate * slice.mean_estimate));
    study.slices.push_back(slice);
  }
  return study;
}

}  // namespace socklock::testing
