// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/truth_study.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"
#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/filter.h"
#include "tests/support/sampled_run.h"

namespace socklock::testing {
namespace {

using namespace analyzer;

// What a report would show: a breakdown, of all waits or of those that meet a filter.
struct View {
  std::string name;
  By by;
  Filter filter = {};
};

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

std::string most_frequent(const LabelledRun& run, const Taxonomy& taxonomy, By by) {
  const auto slices = break_down(run, taxonomy, by);
  const auto most = std::max_element(slices.begin(), slices.end(),
                                     [](const Slice& a, const Slice& b) { return count_of(a) < count_of(b); });
  return most == slices.end() ? "" : most->name;
}

std::vector<View> views_of(const LabelledRun& truth, const Taxonomy& taxonomy) {
  std::vector<View> views;
  for (const By by : {By::kClass, By::kPath, By::kClassPath, By::kFunction, By::kContext})
    views.push_back({std::string(name_of(by)), by});
  Filter of_class, of_process;
  of_class.lock_class = most_frequent(truth, taxonomy, By::kClass);
  of_process.process = most_frequent(truth, taxonomy, By::kProcess);
  views.push_back({"process of a class", By::kProcess, of_class});
  views.push_back({"path of a class", By::kPath, of_class});
  views.push_back({"class of a process", By::kClass, of_process});
  views.push_back({"path of a process", By::kPath, of_process});
  return views;
}

std::vector<Slice> seen(const LabelledRun& run, const Taxonomy& taxonomy, const View& view) {
  return break_down(filtered(run, taxonomy, view.filter), taxonomy, view.by);
}

void add_sample(const std::vector<Slice>& slices, const std::vector<Slice>& truth, Coverage& coverage) {
  const Slices estimates = by_name(slices), truths = by_name(truth);
  for (const auto& [name, slice] : truths) {
    coverage.waits += count_of(*slice);
    if (!estimates.contains(name)) coverage.unseen_waits += count_of(*slice);
  }
  for (const auto& [name, slice] : estimates) {
    const auto there = truths.find(name);
    add_slice(*slice, there == truths.end() ? nullptr : there->second, coverage);
  }
}

void add_estimate(const std::vector<Slice>& slices, unsigned seeds, SliceTruth& slice) {
  const auto there =
      std::find_if(slices.begin(), slices.end(), [&](const Slice& estimate) { return estimate.name == slice.name; });
  if (there == slices.end()) return;
  slice.mean_estimate += count_of(*there) / seeds;
  slice.sd += count_of(*there) * count_of(*there) / seeds;
  slice.covered += covers_count(*there, slice.truth) ? 1 : 0;
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
  const std::vector<View> views = views_of(truth, taxonomy);
  std::map<std::string, std::vector<Slice>> true_slices;
  for (const View& view : views) {
    true_slices[view.name] = seen(truth, taxonomy, view);
    for (const Slice& slice : true_slices[view.name])
      if (count_of(slice) >= kLargeSlice) study.slices.push_back({view.name, slice.name, count_of(slice), 0, 0, 0});
  }
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const LabelledRun sampled = label(sample_stacks(events, seed, rate_bits), taxonomy);
    for (const View& view : views) {
      const std::vector<Slice> slices = seen(sampled, taxonomy, view);
      add_sample(slices, true_slices[view.name], study.by_kind[view.name]);
      for (SliceTruth& slice : study.slices)
        if (slice.kind == view.name) add_estimate(slices, seeds, slice);
    }
  }
  for (SliceTruth& slice : study.slices)
    slice.sd = std::sqrt(std::max(0.0, slice.sd - slice.mean_estimate * slice.mean_estimate));
  return study;
}

}  // namespace socklock::testing
