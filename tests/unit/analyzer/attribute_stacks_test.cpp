// SPDX-License-Identifier: GPL-2.0-or-later
// Waits without a call stack: where they are filed, and how far off that may be.
#include "analyzer/label/attribute_stacks.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "analyzer/label/apportion.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/breakdown.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using testing::Folder;
using testing::TraceMaker;

TEST(Apportioner, PartsAddUpAndOweNothingInTheLongRun) {
  Apportioner apportioner({0.7, 0.2, 0.1});
  std::vector<std::uint64_t> sums(3);
  for (int i = 0; i < 1000; ++i) {
    const auto parts = apportioner.split(1);
    ASSERT_EQ(std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}), 1U);
    for (std::size_t k = 0; k < 3; ++k) sums[k] += parts[k];
  }
  EXPECT_NEAR(static_cast<double>(sums[0]), 700, 1);
  EXPECT_NEAR(static_cast<double>(sums[1]), 200, 1);
  EXPECT_NEAR(static_cast<double>(sums[2]), 100, 1);
}

class AttributeStacks : public ::testing::Test {
 protected:
  AttributeStacks() { maker_.header.mutable_recorder()->set_stacks("sampled"); }

  LabelledRun labelled(RowSource source = RowSource::kSummaries) {
    if (!written_) maker_.write(path_);
    written_ = true;
    auto run = load_run(path_, source);
    EXPECT_TRUE(run) << run.error().message();
    return label(*std::move(run), Taxonomy::built_in());
  }

  static const Slice* find(const std::vector<Slice>& slices, const std::string& name) {
    for (const Slice& slice : slices)
      if (slice.name == name) return &slice;
    return nullptr;
  }

  Folder folder_;
  bool written_ = false;
  std::string path_ = folder_.file("a.slk");
  TraceMaker maker_;
  std::uint32_t input_ = maker_.stack({"_raw_spin_lock", "tcp_v4_rcv", "handle_softirqs"});
  std::uint32_t timer_ = maker_.stack({"_raw_spin_lock", "tcp_write_timer", "handle_softirqs"});
};

TEST_F(AttributeStacks, ClassAndPathAreExactWhereLockAndSystemCallTellThem) {
  const auto ehash = maker_.table_lock("ehash", 3);
  maker_.add({.waits = {{.lock = ehash, .waits_ns = {100, 300}, .syscall = 43}}});  // connect, stored plus 1
  const LabelledRun run = labelled();
  const auto slices = break_down(run, Taxonomy::built_in(), By::kClassPath);
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].name, "tcp.ehash × setup");
  EXPECT_EQ(slices[0].stats.sums.contentions, 2U);
  EXPECT_EQ(slices[0].error.wait_ns, 0);
  EXPECT_EQ(run.sampling.exact, 2U);
}

TEST_F(AttributeStacks, OthersGoBySharesOfTheSampleAndTotalsStayExact) {
  const auto lock = maker_.table_lock("ehash", 3), other = maker_.table_lock("ehash", 4);
  const std::vector<std::uint64_t> thousand(1000, 500);
  maker_.add({.waits = {{.lock = lock, .waits_ns = thousand, .context = 1},
                        {.lock = other, .waits_ns = thousand, .context = 1},
                        {.lock = lock, .stack = input_, .waits_ns = {500, 500, 500}, .context = 1, .unwalked = 15},
                        {.lock = lock, .stack = timer_, .waits_ns = {500}, .context = 1, .unwalked = 15}}});
  for (const RowSource source : {RowSource::kSummaries, RowSource::kEvents}) {
    const LabelledRun run = labelled(source);
    const auto slices = break_down(run, Taxonomy::built_in(), By::kPath);
    ASSERT_EQ(slices.size(), 2U);
    const Slice* const input = find(slices, "input");
    const Slice* const timer = find(slices, "timer");
    ASSERT_TRUE(input && timer);
    EXPECT_EQ(input->stats.sums.contentions, 1503U);
    EXPECT_EQ(timer->stats.sums.contentions, 501U);
    EXPECT_EQ(input->stats.sums.wait_ns + timer->stats.sums.wait_ns, 2004U * 500);
    EXPECT_EQ(std::accumulate(input->stats.histogram.begin(), input->stats.histogram.end(), std::uint64_t{0}), 1503U);
    // From four waits one knows little: about 2000 x sqrt(3/4 x 1/4 / 4) x 1.96.
    EXPECT_NEAR(input->error.contentions, 849, 5);
    EXPECT_EQ(find(break_down(run, Taxonomy::built_in(), By::kClass), "tcp.ehash")->error.contentions, 0);
    EXPECT_EQ(find(break_down(run, Taxonomy::built_in(), By::kInstance), "tcp.ehash[4]")->stats.sums.contentions,
              1000U);
    std::uint64_t in_intervals = 0;
    for (const IntervalWait& wait : run.run.interval_waits) in_intervals += wait.contentions;
    if (source == RowSource::kSummaries) {
      EXPECT_EQ(in_intervals, 2004U);
    }
  }
}

TEST_F(AttributeStacks, WhatNoStackIsLikeStaysUnknown) {
  const auto lock = maker_.slab_lock("kmalloc-64", "");
  maker_.add({.waits = {{.lock = lock, .waits_ns = {7}, .context = 1}}});
  const LabelledRun run = labelled();
  EXPECT_EQ(run.sampling.unknown, 1U);
  EXPECT_EQ(total(run).all.sums.contentions, 1U);
}

// A task that is preempted on its way out of any system call waits for a run queue, and not for what the call is for.
TEST_F(AttributeStacks, TheSampleOverrulesTheSystemCall) {
  const auto queue = maker_.lock({}), other_queue = maker_.lock({}), receive_queue = maker_.lock({});
  const auto preempted = maker_.stack({"_raw_spin_lock", "__schedule", "schedule", "exit_to_user_mode_loop"});
  const auto receives = maker_.stack({"_raw_spin_lock_bh", "__skb_recv_udp", "udp_recvmsg"});
  constexpr std::uint16_t kReceive = 46, kSend = 45;
  maker_.add(
      {.waits = {{.lock = queue, .stack = preempted, .waits_ns = {9000}, .syscall = kReceive, .unwalked = 15},
                 {.lock = receive_queue, .stack = receives, .waits_ns = {500}, .syscall = kReceive, .unwalked = 15},
                 {.lock = other_queue, .stack = preempted, .waits_ns = {9000}, .syscall = kSend, .unwalked = 15},
                 {.lock = queue, .waits_ns = {9000, 9000}, .syscall = kReceive},
                 {.lock = other_queue, .waits_ns = {9000, 9000, 9000}, .syscall = kReceive},
                 {.lock = receive_queue, .waits_ns = {400}, .syscall = kReceive}}});
  const LabelledRun run = labelled();
  const auto slices = break_down(run, Taxonomy::built_in(), By::kClassPath);
  ASSERT_EQ(slices.size(), 2U);
  const Slice* const queues = find(slices, "rq × other");
  const Slice* const receive = find(slices, "sock.queue × receive");
  ASSERT_TRUE(queues && receive);
  EXPECT_EQ(queues->stats.sums.contentions, 7U);
  EXPECT_EQ(receive->stats.sums.contentions, 2U);
}

TEST_F(AttributeStacks, CountsWhereStackAndSystemCallDisagree) {
  const auto lock = maker_.table_lock("ehash", 3);
  const auto sends = maker_.stack({"_raw_spin_lock", "__inet_hash_connect", "tcp_sendmsg"});
  maker_.add({.waits = {{.lock = lock, .stack = sends, .waits_ns = {7, 8, 9}, .syscall = 43},
                        {.lock = lock, .stack = sends, .waits_ns = {7}, .syscall = 45}}});
  const LabelledRun run = labelled();
  EXPECT_EQ(run.sampling.path_checked, 4U);
  EXPECT_EQ(run.sampling.path_disagreed, 3U);
}

// A thousand samplings of waits of two paths, of which one's are ten times as long: 95 % of the intervals
// have to hold the truth. 95 ± 2.5 % leaves room for chance (3.6 standard errors) and a skewed estimate.
TEST(SamplingError, CoversTheTruthAsOftenAsItSays) {
  std::mt19937_64 random(1);
  constexpr int kWaits = 4000, kRuns = 1000;
  constexpr double kWeight = 15;
  std::exponential_distribution<double> length(1);
  int count_covered = 0, wait_covered = 0;
  for (int run = 0; run < kRuns; ++run) {
    StackSampling sampling;
    Estimate& estimate = sampling.estimates.emplace_back();
    estimate.groups.resize(2);
    double truth_count = 0, truth_wait = 0;
    for (int i = 0; i < kWaits; ++i) {
      const bool timer = random() % 5 == 0;
      const double wait = length(random) * (timer ? 10'000 : 1000);
      if (random() % 16 == 0) {
        EstimateGroup& group = estimate.groups[timer ? 1 : 0];
        group.row = timer ? 1 : 0;
        group.weight += kWeight;
        group.weight_squares += kWeight * kWeight;
        group.wait += kWeight * wait;
        group.wait_squares += kWeight * kWeight * wait * wait;
        continue;
      }
      estimate.contentions += 1;
      estimate.wait_ns += wait;
      truth_count += timer ? 1 : 0;
      truth_wait += timer ? wait : 0;
    }
    const auto errors = sampling_errors(
        sampling, [](std::uint32_t row) { return row == 1 ? "timer" : "input"; },
        [](const Estimate&) { return false; });
    const auto& [input, timer] = std::tie(estimate.groups[0], estimate.groups[1]);
    const double count = estimate.contentions * timer.weight / (timer.weight + input.weight);
    const double wait = estimate.wait_ns * timer.wait / (timer.wait + input.wait);
    count_covered += std::abs(count - truth_count) <= errors.at("timer").contentions ? 1 : 0;
    wait_covered += std::abs(wait - truth_wait) <= errors.at("timer").wait_ns ? 1 : 0;
  }
  EXPECT_NEAR(count_covered, 0.95 * kRuns, 0.025 * kRuns);
  EXPECT_NEAR(wait_covered, 0.95 * kRuns, 0.025 * kRuns);
}

}  // namespace
}  // namespace socklock::analyzer
