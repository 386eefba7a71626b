// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/spread_waits.h"

#include <algorithm>

namespace socklock::analyzer {
namespace {

std::vector<double> shares_of(const std::vector<EstimateGroup>& groups) {
  std::vector<double> shares;
  for (const EstimateGroup& group : groups) shares.push_back(group.share);
  return shares;
}

// How long this group's waits are beside those of all.
double relative_wait(const EstimateGroup& group) { return group.share > 0 ? group.wait_share / group.share : 0; }

void spread_cells(std::vector<Spreader::Part>& parts, const WaitSums& sums, std::span<const WaitCell> cells) {
  std::vector<double> shares;
  for (const auto& part : parts)
    shares.push_back(static_cast<double>(part.count) / static_cast<double>(sums.contentions));
  Apportioner share(shares);
  for (const WaitCell& cell : cells) {
    const auto counts = share.split(cell.count);
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (counts[i] > 0) parts[i].cells.push_back({cell.bucket, counts[i]});
  }
  for (auto& part : parts) {
    part.sums.wait_min_ns = sums.wait_min_ns;
    part.sums.wait_max_ns = sums.wait_max_ns;
    if (part.cells.empty()) continue;
    const auto low = socklock_wait_bucket_low(part.cells.front().bucket);
    part.sums.wait_min_ns = std::max<std::uint64_t>(sums.wait_min_ns, low);
    // The longest wait of the row is of those that have its last bucket.
    if (part.cells.back().bucket != cells.back().bucket)
      part.sums.wait_max_ns =
          std::min<std::uint64_t>(sums.wait_max_ns, socklock_wait_bucket_low(part.cells.back().bucket + 1) - 1);
  }
}

}  // namespace

Spreader::Spreader(const std::vector<EstimateGroup>& groups, Estimate& estimate)
    : groups_(groups), estimate_(estimate), count_(shares_of(groups)), given_ns_(groups.size()) {}

std::vector<Spreader::Part> Spreader::spread(const WaitSums& sums, std::span<const WaitCell> cells) {
  estimate_.waits.contentions += static_cast<double>(sums.contentions);
  estimate_.waits.wait_ns += static_cast<double>(sums.wait_ns);
  estimate_.longest_ns = std::max(estimate_.longest_ns, static_cast<double>(sums.wait_max_ns));
  for (const WaitCell& cell : cells) {
    const double wait_ns = bucket_middle(cell.bucket);
    estimate_.waits.wait_squares += wait_ns * wait_ns * static_cast<double>(cell.count);
  }
  const std::vector<std::uint64_t> counts = count_.split(sums.contentions, owed_waits(sums));
  std::vector<Part> parts;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) parts.push_back({i, counts[i], {}, {}});
  spread_wait(parts, sums);
  spread_cells(parts, sums, cells);
  return parts;
}

// What each group is owed of wait so far, in waits of this row's length.
std::vector<double> Spreader::owed_waits(const WaitSums& sums) const {
  std::vector<double> owed(groups_.size());
  if (sums.wait_ns == 0) return owed;
  const double mean = static_cast<double>(sums.wait_ns) / static_cast<double>(sums.contentions);
  for (std::size_t i = 0; i < owed.size(); ++i)
    if (groups_[i].share > 0) owed[i] = (estimate_.waits.wait_ns * groups_[i].wait_share - given_ns_[i]) / mean;
  return owed;
}

// By how long the waits of each group are in the sample.
void Spreader::spread_wait(std::vector<Part>& parts, const WaitSums& sums) {
  double all = 0;
  std::vector<double> weights;
  for (const Part& part : parts) {
    weights.push_back(static_cast<double>(part.count) * std::max(relative_wait(groups_[part.group]), 1e-6));
    all += weights.back();
  }
  std::uint64_t rest_ns = sums.wait_ns, rest_gave_up = sums.gave_up, rest_delay_ns = sums.run_delay_ns;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    WaitSums& out = parts[i].sums;
    const bool last = i + 1 == parts.size();
    const auto due = static_cast<std::uint64_t>(static_cast<double>(sums.wait_ns) * weights[i] / all);
    out.contentions = parts[i].count;
    out.wait_ns = last ? rest_ns : std::min(due, rest_ns);
    out.gave_up = last ? std::min(rest_gave_up, out.contentions)
                       : std::min(rest_gave_up, sums.gave_up * parts[i].count / sums.contentions);
    // Sleeping or running out of luck with CPUs, a wait of the row has its mean share of it.
    const auto delay = static_cast<std::uint64_t>(static_cast<double>(sums.run_delay_ns) * weights[i] / all);
    out.run_delay_ns = std::min(last ? rest_delay_ns : std::min(delay, rest_delay_ns), out.wait_ns);
    rest_delay_ns -= out.run_delay_ns;
    rest_ns -= out.wait_ns;
    rest_gave_up -= out.gave_up;
    given_ns_[parts[i].group] += static_cast<double>(out.wait_ns);
  }
}

}  // namespace socklock::analyzer
