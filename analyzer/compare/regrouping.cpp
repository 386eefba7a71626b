// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/regrouping.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

namespace socklock::analyzer {
namespace {

// A process is matched by its command: the same program has another pid in every run.
Slice group_of(const LabelledRun& run, const Taxonomy& taxonomy, const InstanceNames& names, By by, std::size_t row) {
  Slice slice = slice_of(run, taxonomy, names, by, row);
  if (by == By::kProcess) slice.name = command_name(run.run.dictionaries.at(run.run.waits.keys[row].thread));
  return slice;
}

}  // namespace

Regrouping::Regrouping(const Taxonomy& taxonomy, By by) : taxonomy_(taxonomy), by_(by) {
  Slice others;
  others.name = "(others)";
  add(std::move(others));
}

std::size_t Regrouping::add(Slice slice) {
  numbers_[slice.name] = groups_.size();
  groups_.push_back(std::move(slice));
  wait_ns_.push_back(0);
  return groups_.size() - 1;
}

void Regrouping::count(std::span<const LabelledRun> runs) {
  for (const LabelledRun& run : runs) {
    const InstanceNames names(run.run.dictionaries);
    for (std::size_t row = 0; row < run.labels.size(); ++row) {
      Slice slice = group_of(run, taxonomy_, names, by_, row);
      const auto found = numbers_.find(slice.name);
      const std::size_t number = found == numbers_.end() ? add(std::move(slice)) : found->second;
      wait_ns_[number] += run.run.waits.sums[row].wait_ns;
    }
  }
}

void Regrouping::limit(std::size_t groups) {
  if (groups_.size() <= groups + 1) return;
  std::vector<std::size_t> order(groups_.size() - 1);
  std::iota(order.begin(), order.end(), 1);
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) { return wait_ns_[a] > wait_ns_[b]; });
  for (std::size_t i = groups; i < order.size(); ++i) numbers_[groups_[order[i]].name] = 0;
}

std::vector<LabelledRun> Regrouping::apply(std::span<const LabelledRun> runs) const {
  std::vector<LabelledRun> regrouped(runs.begin(), runs.end());
  for (LabelledRun& run : regrouped) {
    const InstanceNames names(run.run.dictionaries);
    // What a row's group is depends on its label, so the new ones must not replace the old one by one.
    std::vector<WaitLabels> labels = run.labels;
    for (std::size_t row = 0; row < labels.size(); ++row)
      labels[row].lock_class = ClassId(numbers_.at(group_of(run, taxonomy_, names, by_, row).name));
    run.labels = std::move(labels);
  }
  return regrouped;
}

Taxonomy Regrouping::groups() const {
  Taxonomy groups;
  for (const Slice& slice : groups_)
    groups.classes.push_back({slice.name, slice.lock_class ? taxonomy_.at(*slice.lock_class).role : Role::kOther});
  return groups;
}

}  // namespace socklock::analyzer
