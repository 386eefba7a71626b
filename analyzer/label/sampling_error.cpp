// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/sampling_error.h"

#include <algorithm>
#include <cmath>

namespace socklock::analyzer {
namespace {

constexpr double kNormal95 = 1.96;

// Of a share: linearized variance of a ratio of weighted sums (W. G. Cochran, Sampling Techniques, 6.3, for
// draws that are independent of each other), from about `waits` waits. Never less than what one wait more or less would
// say, so that a share of 0 or 1 found in few waits is not taken for certain.
double share_variance(double part, double part_squares, double whole, double whole_squares, double waits) {
  if (whole <= 0) return 0;
  const double share = part / whole;
  const double linear =
      ((1 - share) * (1 - share) * part_squares + share * share * (whole_squares - part_squares)) / (whole * whole);
  return std::max(linear, 1 / ((waits + 2) * (waits + 2)));
}

}  // namespace

std::unordered_map<std::string, SamplingError> sampling_errors(
    const StackSampling& sampling, const std::function<std::string(std::uint32_t)>& slice_of,
    const std::function<bool(const Estimate&)>& is_certain) {
  std::unordered_map<std::string, SamplingError> variances;
  for (const Estimate& estimate : sampling.estimates) {
    EstimateGroup whole;
    std::unordered_map<std::string, EstimateGroup> parts;
    for (const EstimateGroup& group : estimate.groups) {
      for (EstimateGroup* sum : {&whole, &parts[slice_of(group.row)]}) {
        sum->weight += group.weight;
        sum->weight_squares += group.weight_squares;
        sum->wait += group.wait;
        sum->wait_squares += group.wait_squares;
      }
    }
    const double waits = whole.weight * whole.weight / std::max(whole.weight_squares, 1.0);
    for (const auto& [name, part] : parts) {
      if (parts.size() == 1 && is_certain(estimate)) continue;
      SamplingError& error = variances[name];
      error.contentions += estimate.contentions * estimate.contentions *
                           share_variance(part.weight, part.weight_squares, whole.weight, whole.weight_squares, waits);
      error.wait_ns += estimate.wait_ns * estimate.wait_ns *
                       share_variance(part.wait, part.wait_squares, whole.wait, whole.wait_squares, waits);
    }
  }
  for (auto& [name, error] : variances)
    error = {kNormal95 * std::sqrt(error.contentions), kNormal95 * std::sqrt(error.wait_ns)};
  return variances;
}

}  // namespace socklock::analyzer
