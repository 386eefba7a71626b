// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/governor.h"

#include <algorithm>
#include <cmath>

namespace socklock::collector {
namespace {

// Stacks that the shares of call paths rest on; more would make them little more certain.
constexpr double kStacksPerSecond = 500;
// Of these, by the kernel's unwinder: at 10 to 30 us each two to three thousandths of a CPU.
constexpr double kWalksPerSecond = 100;
constexpr std::uint32_t kMostStackBits = 12;
// One event in 65536 costs nothing any more.
constexpr std::uint32_t kMostShedBits = 16;
// Where so little of the bound is used, twice as much can be kept.
constexpr double kRoom = 0.4;
// What is aimed at, of the bound: an interval costs now more and now less.
constexpr double kAim = 0.8;

}  // namespace

socklock_stacks stacks_named(std::string_view name) {
  if (name == "all") return SOCKLOCK_STACKS_ALL;
  return name == "sampled" ? SOCKLOCK_STACKS_SAMPLED : SOCKLOCK_STACKS_OFF;
}

Governor::Governor(socklock_stacks stacks, double max_percent, std::uint32_t cpus)
    : samples_stacks_(stacks == SOCKLOCK_STACKS_SAMPLED), max_share_(max_percent / 100), cpus_(cpus) {
  rates_.stack_bits = samples_stacks_ ? kLeastStackBits : 0;
}

std::uint32_t Governor::stack_bits_for(const IntervalCost& cost) const {
  if (!samples_stacks_) return 0;
  const double rate = static_cast<double>(cost.contentions) * 1e9 / static_cast<double>(cost.length_ns);
  const double bits = std::ceil(std::log2(std::max(rate / kStacksPerSecond, 1.0)));
  return std::clamp(static_cast<std::uint32_t>(bits), kLeastStackBits, kMostStackBits);
}

void Governor::bound_walks(const IntervalCost& cost) {
  if (!samples_stacks_) return;
  const double walks = static_cast<double>(cost.stacks_walked) * 1e9 / static_cast<double>(cost.length_ns);
  if (walks > kWalksPerSecond)
    walk_bits_ += static_cast<std::uint32_t>(std::ceil(std::log2(walks / kWalksPerSecond)));
  else if (walks < kRoom * kWalksPerSecond && walk_bits_ > 0)
    --walk_bits_;
  walk_bits_ = std::min(walk_bits_, kMostStackBits);
}

SamplingRates Governor::adapt(const IntervalCost& cost) {
  if (cost.length_ns == 0) return rates_;
  bound_walks(cost);
  if (max_share_ > 0) {
    const double budget_ns = max_share_ * static_cast<double>(cost.length_ns) * cpus_;
    const double used = static_cast<double>(cost.recorder_cpu_ns + cost.bpf_ns) / budget_ns;
    if (used > kAim)
      shed_bits_ += static_cast<std::uint32_t>(std::clamp(std::ceil(std::log2(used / kAim)), 1.0, 4.0));
    else if (used < kRoom && shed_bits_ > 0)
      --shed_bits_;
    shed_bits_ = std::min(shed_bits_, kMostShedBits);
  }
  rates_.event_bits = shed_bits_;
  rates_.stack_bits = samples_stacks_ ? std::min(stack_bits_for(cost) + shed_bits_ + walk_bits_, kMostStackBits) : 0;
  return rates_;
}

}  // namespace socklock::collector
