// SPDX-License-Identifier: GPL-2.0-or-later
#include <utility>

#include "analyzer/label/attribute_stacks.h"

namespace socklock::analyzer {
namespace {

double quotient(double part, double whole) { return whole > 0 ? part / whole : 0; }

void keep_threads(Estimate& estimate, const std::function<bool(ThreadId)>& has_thread) {
  EstimatedWaits kept;
  std::erase_if(estimate.by_thread, [&](const auto& entry) {
    if (!has_thread(entry.first)) return true;
    kept += entry.second;
    return false;
  });
  estimate = of_waits(std::move(estimate), kept);
}

void keep_groups(Estimate& estimate, const PartRows& rows) {
  const std::vector<EstimateGroup> all = std::exchange(estimate.groups, {});
  for (EstimateGroup group : all) {
    const std::optional<std::uint32_t> row = rows.row_of(group.row);
    if (!row) continue;
    group.row = *row;
    estimate.groups.push_back(group);
  }
  if (estimate.groups.size() == all.size()) return;
  // That all of its waits are of one class no longer tells how many of them are of the part.
  estimate.is_part = true;
  estimate.class_clear = estimate.path_clear = false;
}

}  // namespace

Estimate of_waits(Estimate estimate, const EstimatedWaits& waits) {
  estimate.draws *= quotient(waits.contentions, estimate.waits.contentions);
  estimate.wait_draws *= quotient(waits.wait_ns, estimate.waits.wait_ns);
  estimate.waits = waits;
  return estimate;
}

StackSampling part_of(const StackSampling& sampling, const PartRows& rows) {
  StackSampling part;
  part.used = sampling.used;
  part.is_part = true;
  for (Estimate estimate : sampling.estimates) {
    if (rows.has_thread) keep_threads(estimate, rows.has_thread);
    keep_groups(estimate, rows);
    if (!estimate.groups.empty() && estimate.waits.contentions > 0) part.estimates.push_back(std::move(estimate));
  }
  return part;
}

}  // namespace socklock::analyzer
