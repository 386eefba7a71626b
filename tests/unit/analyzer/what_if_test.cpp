// SPDX-License-Identifier: GPL-2.0-or-later
// The model of what-if against what is known exactly, and every reason not to use it.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "analyzer/document/what_if.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/render/formats.h"
#include "analyzer/whatif/load_use.h"
#include "analyzer/whatif/what_if.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

ClosedQueue queue_of(unsigned customers, double think_ns, double hold_ns) {
  ClosedQueue queue;
  queue.customers = customers;
  queue.think_ns = think_ns;
  queue.parts.push_back({.share = 1, .holds = HoldTimes::exponential(hold_ns)});
  return queue;
}

// M/M/1//T: the mean wait of a customer by the stationary distribution of how many are there.
double exact_wait(unsigned customers, double think_ns, double hold_ns) {
  std::vector<double> p{1};
  for (unsigned n = 1; n <= customers; ++n)
    p.push_back(p.back() * static_cast<double>(customers - n + 1) * hold_ns / think_ns);
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  double there = 0;
  for (unsigned n = 0; n <= customers; ++n) there += n * p[n] / sum;
  const double visits_per_ns = (1 - p[0] / sum) / hold_ns;
  return there / visits_per_ns - hold_ns;
}

TEST(ClosedQueueModel, RecursionIsExactWhereTheoryIs) {
  for (const unsigned customers : {2U, 8U, 32U})
    for (const double think_ns : {100.0, 5000.0, 50'000.0}) {
      const MeanValue value = mean_value({customers, think_ns, 1000, 1000, 1});
      EXPECT_NEAR(value.wait_ns / exact_wait(customers, think_ns, 1000), 1, 1e-6) << customers << " " << think_ns;
    }
}

TEST(ClosedQueueModel, SimulationAgreesWithTheory) {
  for (const unsigned customers : {2U, 8U, 16U})
    for (const double think_ns : {1000.0, 8000.0}) {
      const QueueResult result = simulate(queue_of(customers, think_ns, 1000), 200'000, 1);
      EXPECT_NEAR(result.mean_wait_ns() / exact_wait(customers, think_ns, 1000), 1, 0.03)
          << customers << " " << think_ns;
    }
}

TEST(ClosedQueueModel, LittlesLawHolds) {
  const QueueResult result = simulate(queue_of(8, 9000, 1000), 200'000, 3);
  const double visits_per_ns = static_cast<double>(result.all().visits) / result.elapsed_ns;
  EXPECT_NEAR(visits_per_ns * (9000 + 1000 + result.mean_wait_ns()), 8, 0.1);
}

TEST(ClosedQueueModel, SameSeedSameResult) {
  const ClosedQueue queue = queue_of(8, 5000, 1000);
  EXPECT_EQ(simulate(queue, 20'000, 7).mean_wait_ns(), simulate(queue, 20'000, 7).mean_wait_ns());
  EXPECT_NE(simulate(queue, 20'000, 7).mean_wait_ns(), simulate(queue, 20'000, 8).mean_wait_ns());
}

TEST(ClosedQueueModel, MoreLocksAndShorterHoldsLeaveLess) {
  ClosedQueue queue = queue_of(8, 8000, 1000);
  const double before = simulate(queue, 100'000, 1).mean_wait_ns();
  queue.locks = 2;
  const double split = simulate(queue, 100'000, 1).mean_wait_ns();
  queue.locks = 1;
  queue.parts[0].hold_factor = 0.25;
  const double shorter = simulate(queue, 100'000, 1).mean_wait_ns();
  EXPECT_LT(split, before * 0.6);
  EXPECT_GT(split, before * 0.2);
  EXPECT_LT(shorter, split);
}

TEST(ClosedQueueModel, AVisitWithoutTheLockNeverWaits) {
  ClosedQueue queue = queue_of(8, 8000, 1000);
  queue.parts.push_back(queue.parts[0]);
  queue.parts[0].share = queue.parts[1].share = 0.5;
  const QueueResult before = simulate(queue, 100'000, 1);
  queue.parts[0].keep = 0;
  const QueueResult after = simulate(queue, 100'000, 1);
  EXPECT_EQ(after.parts[0].waits, 0U);
  EXPECT_GT(after.parts[0].visits, 45'000U);
  EXPECT_LT(after.parts[1].wait_ns, before.parts[1].wait_ns * 0.7);
}

TEST(ClosedQueueModel, NativeSpinlocksHideTheFirstWaiter) {
  ClosedQueue queue = queue_of(2, 2000, 1000);
  EXPECT_GT(simulate(queue, 50'000, 1).waits_per_visit(), 0.1);
  queue.sees_first_waiter = false;
  EXPECT_EQ(simulate(queue, 50'000, 1).waits_per_visit(), 0) << "of two, nobody queues behind a waiter";
}

TEST(HoldTimesOf, KeepMeanAndMoments) {
  const HoldTimes samples = HoldTimes::of_samples({100, 200, 300});
  EXPECT_DOUBLE_EQ(samples.mean_ns(), 200);
  EXPECT_NEAR(samples.residual_ns(), (1e4 + 4e4 + 9e4) / 3 / 400, 1e-9);
  EXPECT_EQ(samples.at(0), 100);
  EXPECT_EQ(samples.at(0.999), 300);
  const std::vector<WaitCell> cells{{socklock_wait_bucket(1000), 3}, {socklock_wait_bucket(4000), 1}};
  const HoldTimes histogram = HoldTimes::of_cells(cells, 2000);
  EXPECT_NEAR(histogram.mean_ns(), 2000, 1e-6);
  EXPECT_NEAR(HoldTimes::exponential(500).residual_ns(), 500, 1e-9);
}

TEST(SingleWaitsOf, HandOffsAndFirstWaits) {
  // The first finds nobody waiting; the second began before the first got the lock; the third long after.
  const SingleWaits found = single_waits({{100, 200, 1}, {150, 260, 2}, {1000, 1100, 1}});
  ASSERT_EQ(found.hand_offs_ns.size(), 1U);
  EXPECT_EQ(found.hand_offs_ns[0], 60);
  EXPECT_EQ(found.first_waits, 2U);
  EXPECT_EQ(found.first_wait_ns, 100);
  EXPECT_EQ(found.threads, 2U);
  EXPECT_EQ(found.wait_ns, 310);
}

// ---- Changes ------------------------------------------------------------------------------------------------------

const Taxonomy& rules() { return Taxonomy::built_in(); }

TEST(Changes, AreReadAsWritten) {
  const Change split = parse_change(ChangeKind::kSplit, "tcp.ehash=8", rules()).value();
  EXPECT_EQ(split.n, 8);
  EXPECT_EQ(sentence_of(split), "tcp.ehash were split into 8");
  EXPECT_EQ(parse_change(ChangeKind::kSplit, "tcp.*=thread", rules())->by, SplitBy::kThread);
  const Change avoid = parse_change(ChangeKind::kAvoid, "tcp.bhash@setup=0.001", rules()).value();
  EXPECT_EQ(avoid.path.path, CallPath::kSetup);
  EXPECT_EQ(avoid.keep, 0.001);
  EXPECT_EQ(parse_change(ChangeKind::kAvoid, "tcp.bhash@inet_put_port", rules())->path.function, "inet_put_port");
  EXPECT_TRUE(parse_change(ChangeKind::kAvoid, "tcp.bhash@setup:read", rules())->path.readers_only);
  const Change by_role = parse_change(ChangeKind::kShorter, "role:connection table=4", rules()).value();
  EXPECT_TRUE(by_role.locks.meets(rules().at(*rules().class_named("tcp.ehash"))));
  EXPECT_FALSE(by_role.locks.meets(rules().at(*rules().class_named("tcp.bhash"))));
}

TEST(Changes, MistakesAreUsageErrors) {
  for (const auto& [kind, text] :
       std::vector<std::pair<ChangeKind, std::string>>{{ChangeKind::kSplit, "tcp.ehasj=8"},
                                                       {ChangeKind::kSplit, "tcp.ehash"},
                                                       {ChangeKind::kSplit, "tcp.ehash=0"},
                                                       {ChangeKind::kSplit, "tcp.ehash=1.5"},
                                                       {ChangeKind::kSplit, "tcp.ehash=1e9"},
                                                       {ChangeKind::kSplit, "tcp.ehash@setup=2"},
                                                       {ChangeKind::kAvoid, "tcp.ehash"},
                                                       {ChangeKind::kAvoid, "tcp.ehash@setup=2"},
                                                       {ChangeKind::kAvoid, "tcp.ehash@setup=x"},
                                                       {ChangeKind::kShorter, "tcp.ehash=0.5"},
                                                       {ChangeKind::kShorter, "tcp.ehash=nan"},
                                                       {ChangeKind::kSplit, ""}}) {
    const auto change = parse_change(kind, text, rules());
    ASSERT_FALSE(change.has_value()) << text;
    EXPECT_EQ(change.error().exit_code, ExitCode::kUsage) << text;
    EXPECT_FALSE(change.error().hint.empty()) << text;
  }
  EXPECT_NE(parse_change(ChangeKind::kSplit, "tcp.ehasj=8", rules()).error().hint.find("tcp.ehash"), std::string::npos);
}

// ---- Refusals -----------------------------------------------------------------------------------------------------

// A run of a lock that fits the model: 8 threads, holds of 1 us, think time as the figures say.
RunUse fitting_run(Waiting waiting = Waiting::kSpinning) {
  RunUse run;
  run.duration_ns = 1e9;
  run.work = 100'000;
  run.cpus = 8;
  run.cpu_busy_ns = 4e9;
  run.spinlock_mode = SpinlockMode::kPv;
  run.level = 2;
  run.intervals = 8;
  ClassUse use;
  use.id = ClassId{1};
  use.lock_class = {"lock", Role::kOther, false};
  use.waiting = waiting;
  use.knows_acquisitions = use.knows_holds = true;
  use.threads = 8;
  const double wait_ns = exact_wait(8, 10'000, 1000);
  const double acquisitions = 8 * 1e9 / (10'000 + 1000 + wait_ns);
  use.parts.push_back({.path = CallPath::kSetup,
                       .contentions = acquisitions / 2,
                       .wait_ns = acquisitions * wait_ns,
                       .acquisitions = acquisitions,
                       .holds = acquisitions,
                       .hold_ns = acquisitions * 1000});
  run.classes.push_back(use);
  return run;
}

std::vector<Change> split_by(double n) { return {{.kind = ChangeKind::kSplit, .locks = {"lock"}, .n = n}}; }

std::string refusal_of(const RunUse& run, const std::vector<Change>& changes) {
  const WhatIf estimate = what_if(std::vector{run, run}, changes, {.visits = 20'000});
  return estimate.is_refused() ? std::string(name_of(estimate.refused.front().refusal.reason)) : "";
}

TEST(WhatIfRefusals, ALockThatFitsIsEstimated) {
  const std::vector<RunUse> runs{fitting_run(), fitting_run()};
  const auto changes = split_by(4);
  const WhatIf estimate = what_if(runs, changes, {});
  ASSERT_FALSE(estimate.is_refused());
  ASSERT_EQ(estimate.models.size(), 1U);
  EXPECT_EQ(estimate.models[0].kind, ModelKind::kClosedQueue);
  EXPECT_NEAR(estimate.models[0].think_ns, 10'000, 10);
  EXPECT_NEAR(estimate.models[0].check->ratio(), 1, 0.05);
  EXPECT_GT(estimate.left.model.estimate, 0.1);
  EXPECT_LT(estimate.left.model.estimate, 0.3);
  EXPECT_LT(estimate.left.low, estimate.left.model.estimate);
  EXPECT_GT(estimate.left.high, estimate.left.model.estimate);
}

TEST(WhatIfRefusals, EachHasItsReason) {
  const auto changed = [](auto change) {
    RunUse run = fitting_run();
    change(run, run.classes[0]);
    return run;
  };
  const auto split = split_by(4);
  EXPECT_EQ(refusal_of(changed([](RunUse& run, ClassUse&) { run.classes.clear(); }), split), "nothing_waits");
  EXPECT_EQ(refusal_of(changed([](RunUse&, ClassUse& use) {
                         use.parts[0].contentions = 20;
                         use.parts[0].wait_ns = 20'000;
                       }),
                       split),
            "too_few_waits");
  EXPECT_EQ(refusal_of(changed([](RunUse& run, ClassUse&) { run.intervals = 1; }), split), "too_few_waits");
  EXPECT_EQ(refusal_of(changed([](RunUse& run, ClassUse&) { run.spinlock_mode = SpinlockMode::kTestAndSet; }), split),
            "not_seen");
  EXPECT_EQ(refusal_of(changed([](RunUse& run, ClassUse&) { run.lost_totals = true; }), split), "lost_totals");
  EXPECT_EQ(refusal_of(changed([](RunUse&, ClassUse& use) { use.parts[0].wait_ns *= 3; }), split), "check_fails");
  EXPECT_EQ(refusal_of(changed([](RunUse&, ClassUse& use) { use.parts[0].wait_ns /= 3; }), split), "check_fails");
  EXPECT_EQ(refusal_of(changed([](RunUse&, ClassUse& use) { use.parts[0].hold_ns *= 20; }), split), "too_few_threads");
  EXPECT_EQ(refusal_of(changed([](RunUse& run, ClassUse&) { run.steal_ns = 0.1 * run.cpus * run.duration_ns; }), split),
            "cpus_stolen");
  EXPECT_EQ(refusal_of(changed([](RunUse&, ClassUse& use) { use.long_wait_ns = 0.3 * use.parts[0].wait_ns; }), split),
            "holders_did_not_run");
}

// What was measured of the change does not hang on whether it was estimated.
TEST(WhatIfRefusals, WhatTheRealChangeLeftIsSaidNonetheless) {
  RunUse before = fitting_run(), after = before;
  before.steal_ns = 0.1 * before.cpus * before.duration_ns;
  after.classes[0].parts[0].wait_ns /= 4;
  after.classes[0].parts[0].contentions /= 2;
  WhatIf estimate = what_if(std::vector{before}, split_by(4), {.visits = 20'000});
  ASSERT_TRUE(estimate.is_refused());
  compare_with(estimate, std::vector{after});
  ASSERT_TRUE(estimate.measured);
  EXPECT_NEAR(estimate.measured->touched_left, 0.25, 1e-9);
  EXPECT_NEAR(estimate.measured->contentions_left, 0.5, 1e-9);
}

TEST(WhatIfRefusals, SleepingLocksNeedCpusAndKnownWakeUps) {
  RunUse run = fitting_run(Waiting::kSleeping);
  EXPECT_EQ(refusal_of(run, {{.kind = ChangeKind::kShorter, .locks = {"lock"}, .k = 4}}), "wake_ups_not_measured");
  run.classes[0].run_delay_ns = 0;
  run.classes[0].parts[0].changes = 1;
  EXPECT_EQ(refusal_of(run, {{.kind = ChangeKind::kShorter, .locks = {"lock"}, .k = 4}}), "");
  run.pressure = 0.8;
  EXPECT_EQ(refusal_of(run, split_by(4)), "holders_did_not_run");
  run.pressure.reset();
  run.cpus = 4;
  run.cpu_busy_ns = 4e9;
  EXPECT_EQ(refusal_of(run, split_by(4)), "holders_did_not_run") << "CPUs that are never idle, and more threads";
  run = fitting_run(Waiting::kOwner);
  run.classes[0].knows_off_cpu = true;
  run.classes[0].parts[0].off_cpu_ns = 0.6 * run.classes[0].parts[0].hold_ns;
  EXPECT_EQ(refusal_of(run, split_by(4)), "holders_did_not_run");
  run.classes[0].parts[0].off_cpu_ns = 0.1 * run.classes[0].parts[0].hold_ns;
  EXPECT_EQ(refusal_of(run, split_by(4)), "");
}

TEST(WhatIfRefusals, OneLockForEachThreadNeedsNoQueue) {
  RunUse run = fitting_run(Waiting::kOwner);
  run.pressure = 0.9;
  const std::vector<Change> each{{.kind = ChangeKind::kSplit, .locks = {"lock"}, .by = SplitBy::kThread}};
  const WhatIf estimate = what_if(std::vector{run, run}, each, {});
  ASSERT_FALSE(estimate.is_refused());
  EXPECT_EQ(estimate.left.high, 0);
}

TEST(WhatIfRefusals, NothingIsCalledImproved) {
  const std::vector<RunUse> runs{fitting_run(), fitting_run()};
  WhatIf estimate = what_if(runs, split_by(4), {.visits = 20'000});
  estimate.unit = "connections";
  estimate.unit_singular = "connection";
  for (const Format& format : kFormats) {
    if (format.name == "pdf") continue;
    const auto text = format.render(what_if_document(estimate, format.detail));
    ASSERT_TRUE(text.has_value());
    // A style sheet may have the word.
    const std::string body = text->substr(text->find("</style>") == std::string::npos ? 0 : text->find("</style>"));
    EXPECT_NE(body.find("estimate"), std::string::npos) << format.name;
    EXPECT_EQ(body.find("improved"), std::string::npos) << format.name;
  }
}

// ---- From a trace -------------------------------------------------------------------------------------------------

TEST(WhatIfUse, IsWhatTheTraceSays) {
  testing::Folder folder;
  testing::write_ehash_run(folder.file("a.slk"), 1000, 100, 4, "before");
  auto runs = load_runs({folder.file("a.slk")}, rules());
  ASSERT_TRUE(runs.has_value());
  const auto loaded = load_use(*runs, rules(), {}, std::nullopt);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->unit, WorkUnit::kConnections);
  ASSERT_EQ(loaded->runs.size(), 1U);
  const ClassUse* use = loaded->runs[0].find(*rules().class_named("tcp.ehash"));
  ASSERT_NE(use, nullptr);
  EXPECT_EQ(use->contentions(), 400);
  EXPECT_EQ(use->wait_ns(), 400'000);
  EXPECT_EQ(use->waiting, Waiting::kSpinning);
  EXPECT_NEAR(use->locks, 1, 1e-9);
  EXPECT_FALSE(use->knows_holds);
}

// Of two buckets used 3 to 1 two acquisitions meet as often as of 1.6 that are used evenly: 1 / (0.75² + 0.25²).
TEST(WhatIfUse, LocksOfATableAreThoseThatWereTaken) {
  constexpr std::uint8_t kBhashLock = 7;
  testing::Folder folder;
  testing::TraceMaker maker;
  maker.probe("_raw_spin_lock");
  const auto first = maker.table_lock("bhash", 17), second = maker.table_lock("bhash", 18);
  const auto connect = maker.stack({"__inet_hash_connect", "tcp_v4_connect"});
  trace::HoldRow hold;
  hold.function = maker.function("_raw_spin_lock");
  hold.kind = kBhashLock;
  hold.samples = hold.weight = 400'000;
  hold.hold_ns = 400'000'000;
  maker.add({.waits = {{.lock = first, .stack = connect, .waits_ns = {1000}}},
             .calls = {{hold.function, kBhashLock, 0, 0, 400'000}},
             .holds = {hold},
             .held_locks = {{first, kBhashLock, 300'000, 300'000, 1}, {second, kBhashLock, 100'000, 100'000, 1}},
             .connections_active = 10});
  maker.write(folder.file("a.slk"));
  auto runs = load_runs({folder.file("a.slk")}, rules());
  ASSERT_TRUE(runs.has_value());
  const auto loaded = load_use(*runs, rules(), {}, std::nullopt);
  ASSERT_TRUE(loaded.has_value());
  const ClassUse* use = loaded->runs[0].find(*rules().class_named("tcp.bhash"));
  ASSERT_NE(use, nullptr);
  EXPECT_TRUE(use->knows_holds);
  EXPECT_TRUE(use->knows_acquisitions);
  EXPECT_NEAR(use->locks, 1.6, 0.001);
}

TEST(WhatIfUse, TakesNoSingleWaitsWhereShortOnesWereLeftOut) {
  testing::Folder folder;
  testing::write_ehash_run(folder.file("a.slk"), 1000, 100, 4, "before");
  auto runs = load_runs({folder.file("a.slk")}, rules());
  const auto threads = [&runs] {
    return load_use(*runs, rules(), {}, std::nullopt)->runs[0].find(*rules().class_named("tcp.ehash"))->threads;
  };
  EXPECT_EQ(threads(), 1);
  (*runs)[0].run.facts.min_wait_ns = 500;
  EXPECT_EQ(threads(), 0);
}

TEST(WhatIfUse, FirstOrderWhereNothingElseIsKnown) {
  testing::Folder folder;
  testing::write_ehash_run(folder.file("a.slk"), 1000, 100, 4, "before");
  auto runs = load_runs({folder.file("a.slk")}, rules());
  const std::vector<Change> changes{parse_change(ChangeKind::kSplit, "tcp.ehash=4", rules()).value()};
  const auto loaded = load_use(*runs, rules(), changes, std::nullopt);
  const WhatIf estimate = what_if(loaded->runs, changes, {});
  ASSERT_FALSE(estimate.is_refused());
  EXPECT_EQ(estimate.models[0].kind, ModelKind::kFirstOrder);
  EXPECT_NEAR(estimate.left.model.estimate, 0.25, 1e-9);
  EXPECT_NEAR(estimate.left.low, 0.125, 0.01);
  EXPECT_NEAR(estimate.left.high, 0.5, 0.02);
  EXPECT_TRUE(estimate.within_run_only);
}

}  // namespace
}  // namespace socklock::analyzer
