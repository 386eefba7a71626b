// SPDX-License-Identifier: GPL-2.0-or-later
// Waits without a call stack: where they are filed, and how far off that may be.
#include "analyzer/label/attribute_stacks.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include <numeric>

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
                        {.lock = lock, .stack = input_, .waits_ns = {500, 500, 500}, .context = 1, .stack_weight = 15},
                        {.lock = lock, .stack = timer_, .waits_ns = {500}, .context = 1, .stack_weight = 15}}});
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
    EXPECT_EQ(input->stats.histogram.total(), 1503U);
    // From four waits one knows little: 2000 x sqrt(3/4 x 1/4 / 4) x 1.96 is 849, and the sample is too small for that.
    EXPECT_GE(input->error.contentions, 800);
    EXPECT_LE(input->error.contentions, 1200);
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
      {.waits = {{.lock = queue, .stack = preempted, .waits_ns = {9000}, .syscall = kReceive, .stack_weight = 15},
                 {.lock = receive_queue, .stack = receives, .waits_ns = {500}, .syscall = kReceive, .stack_weight = 15},
                 {.lock = other_queue, .stack = preempted, .waits_ns = {9000}, .syscall = kSend, .stack_weight = 15},
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

// A listener's lock and an accepted socket's are the same member of the same kind of object, but of other classes: what
// decides a class has to decide the stratum.
TEST_F(AttributeStacks, AListenersWaitsAreNotEstimatedByThoseOfOtherSockets) {
  trace::v1::Lock socket;
  socket.set_kind(trace::v1::LOCK_FACT_SLAB);
  socket.set_cache("TCP");
  socket.set_member("inet_conn.icsk_inet.sk.sk_lock.slock");
  socket.set_offset_bytes(320);
  trace::v1::Lock listener = socket;
  listener.set_listens(true);
  listener.set_local_port(80);
  const auto accepted = maker_.lock(socket), listening = maker_.lock(listener);
  const auto many = std::vector<std::uint64_t>(300, 500);
  maker_.add({.waits = {{.lock = accepted, .waits_ns = many, .context = 1},
                        {.lock = listening, .waits_ns = std::vector<std::uint64_t>(30, 500), .context = 1},
                        {.lock = accepted, .stack = input_, .waits_ns = {500}, .context = 1, .stack_weight = 63},
                        {.lock = listening, .stack = input_, .waits_ns = {500}, .context = 1, .stack_weight = 63}}});
  const auto slices = break_down(labelled(), Taxonomy::built_in(), By::kClass);
  ASSERT_TRUE(find(slices, "tcp.sock") && find(slices, "tcp.listen_sock"));
  EXPECT_EQ(find(slices, "tcp.sock")->stats.sums.contentions, 301U);
  EXPECT_EQ(find(slices, "tcp.listen_sock")->stats.sums.contentions, 31U);
  EXPECT_EQ(find(slices, "tcp.listen_sock")->error.contentions, 0);
}

// The first waits of a kind stand for none but themselves, and still say what is possible.
TEST_F(AttributeStacks, ASliceThatOnlyFirstWaitsAreOfHasAnError) {
  const auto lock = maker_.table_lock("ehash", 3);
  maker_.add({.waits = {{.lock = lock, .waits_ns = std::vector<std::uint64_t>(1000, 500), .context = 1},
                        {.lock = lock, .stack = timer_, .waits_ns = {500, 500, 500}, .context = 1},
                        {.lock = lock, .stack = input_, .waits_ns = {500, 500}, .context = 1, .stack_weight = 63}}});
  const auto slices = break_down(labelled(), Taxonomy::built_in(), By::kPath);
  ASSERT_TRUE(find(slices, "timer"));
  EXPECT_EQ(find(slices, "timer")->stats.sums.contentions, 3U);
  EXPECT_GT(find(slices, "timer")->error.contentions, 50);
}

// A task may be preempted under any system call: what no stack says yet is likely, not certain.
TEST_F(AttributeStacks, ASystemCallIsNoCertaintyWhereAFirstStackContradictsIt) {
  const auto lock = maker_.table_lock("ehash", 3);
  const auto preempted = maker_.stack({"_raw_spin_lock", "something", "exit_to_user_mode_loop"});
  const auto sends = maker_.stack({"_raw_spin_lock", "inet_unhash", "tcp_sendmsg"});
  constexpr std::uint16_t kSend = 45;
  maker_.add(
      {.waits = {{.lock = lock, .waits_ns = std::vector<std::uint64_t>(400, 500), .syscall = kSend},
                 {.lock = lock, .stack = preempted, .waits_ns = {500, 500}, .syscall = kSend},
                 {.lock = lock, .stack = sends, .waits_ns = {500, 500, 500}, .syscall = kSend, .stack_weight = 63}}});
  const LabelledRun run = labelled();
  const auto slices = break_down(run, Taxonomy::built_in(), By::kPath);
  ASSERT_TRUE(find(slices, "send") && find(slices, "other"));
  EXPECT_GT(find(slices, "send")->error.contentions, 20);
  EXPECT_GT(find(slices, "other")->error.contentions, 20);
  EXPECT_EQ(run.sampling.exact, 0U);
}

// Rare locks that nothing is known of have no samples each; frequent ones have all that are theirs.
TEST_F(AttributeStacks, RareLocksAreNotFiledUnderAFrequentOne) {
  std::vector<testing::MadeWait> waits;
  const auto queue = maker_.stack({"_raw_spin_lock", "__schedule", "schedule"});
  const auto slab = maker_.stack({"_raw_spin_lock", "__slab_free", "kfree"});
  trace::v1::Lock frequent;
  frequent.set_address(0x1000);
  const auto frequent_lock = maker_.lock(frequent);
  waits.push_back({.lock = frequent_lock, .waits_ns = std::vector<std::uint64_t>(1600, 500), .context = 1});
  waits.push_back({.lock = frequent_lock,
                   .stack = queue,
                   .waits_ns = std::vector<std::uint64_t>(100, 500),
                   .context = 1,
                   .stack_weight = 15});
  for (std::uint64_t i = 0; i < 800; ++i) {
    trace::v1::Lock rare;
    rare.set_address(0x100000 + 64 * i);
    const bool sampled = i % 16 == 0;
    waits.push_back({.lock = maker_.lock(rare),
                     .stack = sampled ? slab : 0,
                     .waits_ns = {500},
                     .context = 1,
                     .stack_weight = sampled ? 15U : 0U});
  }
  maker_.add({.waits = waits});
  const auto slices = break_down(labelled(), Taxonomy::built_in(), By::kClass);
  ASSERT_TRUE(find(slices, "rq") && find(slices, "slab"));
  EXPECT_NEAR(static_cast<double>(find(slices, "slab")->stats.sums.contentions), 800, 40);
}

// The lock's own stacks, in whatever context, before those of other locks under the same call.
TEST_F(AttributeStacks, ALockIsWhatItsOwnStacksSay) {
  trace::v1::Lock known;
  known.set_address(0x1000);
  const auto queue_lock = maker_.lock(known), other = maker_.lock({});
  const auto queue = maker_.stack({"_raw_spin_lock", "raw_spin_rq_lock_nested", "try_to_wake_up"});
  const auto twsk = maker_.stack({"_raw_spin_lock", "inet_twsk_kill", "tw_timer_handler"});
  maker_.add({.waits = {{.lock = queue_lock, .waits_ns = std::vector<std::uint64_t>(16, 500), .context = 1},
                        {.lock = queue_lock, .stack = queue, .waits_ns = {500}, .context = 0},
                        {.lock = other, .stack = twsk, .waits_ns = {500, 500}, .context = 1, .stack_weight = 63}}});
  const auto slices = break_down(labelled(), Taxonomy::built_in(), By::kClass);
  ASSERT_TRUE(find(slices, "rq"));
  EXPECT_EQ(find(slices, "rq")->stats.sums.contentions, 17U);
}

}  // namespace
}  // namespace socklock::analyzer
