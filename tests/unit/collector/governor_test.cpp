// SPDX-License-Identifier: GPL-2.0-or-later
// The governor against a recording that costs what this host's do: so much for each wait, more where its event
// is kept, much more where its stack is walked.
#include "collector/record/governor.h"

#include <gtest/gtest.h>

#include <cmath>

namespace socklock::collector {
namespace {

constexpr std::uint64_t kInterval_ns = 500'000'000;
constexpr std::uint32_t kCpus = 2;
constexpr double kWait_ns = 300;
constexpr double kEvent_ns = 400;
constexpr double kStack_ns = 8'000;
constexpr double kIdle_ns = 1'000'000;  // of an interval in which nothing waits

IntervalCost cost_of(double waits_per_second, const SamplingRates& rates) {
  const double waits = waits_per_second * static_cast<double>(kInterval_ns) / 1e9;
  const double bpf_ns = waits * (kWait_ns + std::ldexp(kStack_ns, -static_cast<int>(rates.stack_bits)));
  const double recorder_ns = kIdle_ns + waits * std::ldexp(kEvent_ns, -static_cast<int>(rates.event_bits));
  return {kInterval_ns, static_cast<std::uint64_t>(waits), static_cast<std::uint64_t>(recorder_ns),
          static_cast<std::uint64_t>(bpf_ns)};
}

double share(const IntervalCost& cost) {
  return static_cast<double>(cost.recorder_cpu_ns + cost.bpf_ns) / static_cast<double>(kInterval_ns * kCpus);
}

// The share of the CPUs' time in the last of so many intervals.
double share_after(Governor& governor, double waits_per_second, int intervals) {
  double last = 0;
  for (int i = 0; i < intervals; ++i) {
    const IntervalCost cost = cost_of(waits_per_second, governor.rates());
    last = share(cost);
    governor.adapt(cost);
  }
  return last;
}

TEST(Governor, HoldsTheBoundWithinASecondOfATenfoldRate) {
  Governor governor(SOCKLOCK_STACKS_SAMPLED, 1, kCpus);
  EXPECT_LE(share_after(governor, 3'000, 20), 0.01);
  EXPECT_EQ(governor.rates().event_bits, 0U) << "there is room for every event";
  EXPECT_LE(share_after(governor, 30'000, 3), 0.01);
  EXPECT_GT(governor.rates().event_bits, 0U);
  for (int i = 0; i < 40; ++i) EXPECT_LE(share_after(governor, 30'000, 1), 0.01) << i;
}

TEST(Governor, KeepsEveryEventAgainWhenTheRateFalls) {
  Governor governor(SOCKLOCK_STACKS_SAMPLED, 1, kCpus);
  share_after(governor, 60'000, 10);
  EXPECT_GT(governor.rates().event_bits, 0U);
  share_after(governor, 1'000, 40);
  EXPECT_EQ(governor.rates().event_bits, 0U);
}

TEST(Governor, LeavesOutNothingWithoutABound) {
  Governor governor(SOCKLOCK_STACKS_SAMPLED, 0, kCpus);
  share_after(governor, 500'000, 20);
  EXPECT_EQ(governor.rates().event_bits, 0U);
}

TEST(Governor, WalksAboutAThousandStacksASecondHoweverManyWait) {
  Governor governor(SOCKLOCK_STACKS_SAMPLED, 0, kCpus);
  for (const double rate : {20'000.0, 100'000.0, 1'000'000.0}) {
    share_after(governor, rate, 5);
    const double stacks = std::ldexp(rate, -static_cast<int>(governor.rates().stack_bits));
    EXPECT_LE(stacks, 1000) << rate;
    EXPECT_GE(stacks, 200) << rate;
  }
}

// Until frames are known, and where they can't be: an unwinder that takes 20 us costs more than all else of a wait.
TEST(Governor, LeavesAHundredWalksASecondAndTakesStacksAgainThatAreFollowed) {
  Governor governor(SOCKLOCK_STACKS_SAMPLED, 0, kCpus);
  const auto walks_at = [&](double waits_per_second, double walked_share) {
    IntervalCost cost = cost_of(waits_per_second, governor.rates());
    const double stacks =
        std::ldexp(static_cast<double>(cost.contentions), -static_cast<int>(governor.rates().stack_bits));
    cost.stacks_walked = static_cast<std::uint64_t>(stacks * walked_share);
    governor.adapt(cost);
    return static_cast<double>(cost.stacks_walked) * 1e9 / static_cast<double>(cost.length_ns);
  };
  walks_at(30'000, 1);
  for (int i = 0; i < 40; ++i) EXPECT_LE(walks_at(30'000, 1), 100) << i;
  EXPECT_GE(walks_at(30'000, 1), 20) << "shares rest on some";
  for (int i = 0; i < 10; ++i) walks_at(30'000, 0.01);
  EXPECT_EQ(governor.rates().stack_bits, kLeastStackBits);
}

TEST(Governor, WalksEveryStackWhereAllAreAskedFor) {
  Governor governor(SOCKLOCK_STACKS_ALL, 0.1, kCpus);
  share_after(governor, 100'000, 20);
  EXPECT_EQ(governor.rates().stack_bits, 0U);
  EXPECT_GT(governor.rates().event_bits, 0U);
}

}  // namespace
}  // namespace socklock::collector
