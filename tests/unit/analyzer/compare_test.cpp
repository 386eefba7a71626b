// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/compare/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/work_unit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "analyzer/load/load_run.h"
#include "tests/unit/analyzer/shown.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::MadeInterval;
using analyzer::testing::Symbols;
using analyzer::testing::TraceMaker;

LabelledRun made(const TraceMaker& maker) {
  const Folder folder;
  maker.write(folder.file("a.slk"));
  auto run = load_run(folder.file("a.slk"));
  EXPECT_TRUE(run);
  return label(*std::move(run), Taxonomy::built_in());
}

struct Waits {
  std::uint64_t ehash_ns = 0;
  std::uint64_t sock_ns = 0;
};

// One second, 100 connections, each of which waits so long for each lock.
LabelledRun made_run(const Waits& waits, std::uint64_t connections = 100) {
  TraceMaker maker;
  MadeInterval interval;
  interval.connections_active = connections;
  const auto stack = maker.stack({"_raw_spin_lock", "inet_ehash_insert", "tcp_v4_rcv"});
  const auto send = maker.stack({"_raw_spin_lock_bh", "lock_sock_nested", "tcp_sendmsg"});
  if (waits.ehash_ns > 0)
    interval.waits.push_back({.lock = maker.table_lock("ehash", 1),
                              .stack = stack,
                              .waits_ns = std::vector<std::uint64_t>(connections, waits.ehash_ns)});
  if (waits.sock_ns > 0)
    interval.waits.push_back({.lock = maker.slab_lock("TCP", "sk_lock.slock"),
                              .stack = send,
                              .waits_ns = std::vector<std::uint64_t>(connections, waits.sock_ns)});
  maker.add(interval);
  return made(maker);
}

std::vector<LabelledRun> side(const std::vector<Waits>& runs) {
  std::vector<LabelledRun> result;
  for (const Waits& waits : runs) result.push_back(made_run(waits));
  return result;
}

// Runs as they vary from one to the next.
std::vector<LabelledRun> varying(std::mt19937_64& random, double ehash_ns, std::size_t runs, double spread) {
  std::normal_distribution<double> factor(1, spread);
  std::vector<LabelledRun> result;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto wait = static_cast<std::uint64_t>(std::max(1.0, ehash_ns * factor(random)));
    result.push_back(made_run({.ehash_ns = wait, .sock_ns = 0}));
  }
  return result;
}

Comparison compared(const std::vector<LabelledRun>& before, const std::vector<LabelledRun>& after,
                    const CompareOptions& options = {}) {
  auto comparison = compare(before, after, Taxonomy::built_in(), options);
  EXPECT_TRUE(comparison) << comparison.error().message();
  return comparison ? *std::move(comparison) : Comparison{};
}

const SliceComparison* class_named(const Comparison& comparison, const std::string& name) {
  const auto found = std::find_if(comparison.classes.begin(), comparison.classes.end(),
                                  [&](const SliceComparison& slice) { return slice.name == name; });
  return found == comparison.classes.end() ? nullptr : &*found;
}

TEST(Compare, ATenthOfTheWaitIsImproved) {
  const auto comparison = compared(side({{1000, 50}, {1040, 50}, {960, 50}, {1010, 50}}),
                                   side({{100, 50}, {104, 50}, {98, 50}, {101, 50}}));
  EXPECT_EQ(comparison.unit, WorkUnit::kConnections);
  EXPECT_EQ(comparison.headline.verdict, Verdict::kImproved);
  EXPECT_NEAR(*comparison.headline.effect.ratio, 150.75 / 1052.5, 1e-9);
  EXPECT_LT(*comparison.headline.effect.high, 0.2);
  EXPECT_DOUBLE_EQ(*comparison.headline.effect.p, 2.0 / 70);
  const auto* ehash = class_named(comparison, "tcp.ehash");
  ASSERT_NE(ehash, nullptr);
  EXPECT_NEAR(*ehash->effect.ratio, 100.75 / 1002.5, 1e-9);
  EXPECT_NEAR(ehash->before.wait_ns_per_unit, 1002.5, 1e-9);
  EXPECT_NEAR(ehash->before.contentions_per_unit, 1, 1e-9);
}

TEST(Compare, TheOtherWayRoundIsRegressed) {
  const auto comparison =
      compared(side({{100, 0}, {104, 0}, {98, 0}, {101, 0}}), side({{1000, 0}, {1040, 0}, {960, 0}, {1010, 0}}));
  EXPECT_EQ(comparison.headline.verdict, Verdict::kRegressed);
}

TEST(Compare, EqualSidesAreUnchanged) {
  const auto comparison =
      compared(side({{1000, 0}, {1001, 0}, {999, 0}, {1000, 0}}), side({{1000, 0}, {1002, 0}, {998, 0}, {1001, 0}}));
  EXPECT_EQ(comparison.headline.verdict, Verdict::kUnchanged);
}

TEST(Compare, ThreeRunsASideCannotReachNinetyFivePercent) {
  const auto comparison = compared(side({{1000, 0}, {1001, 0}, {999, 0}}), side({{100, 0}, {101, 0}, {99, 0}}));
  EXPECT_DOUBLE_EQ(*comparison.headline.effect.p, 0.1);
  EXPECT_EQ(comparison.headline.verdict, Verdict::kInconclusive);
  CompareOptions options;
  options.criteria.confidence = 0.9;
  EXPECT_EQ(
      compared(side({{1000, 0}, {1001, 0}, {999, 0}}), side({{100, 0}, {101, 0}, {99, 0}}), options).headline.verdict,
      Verdict::kImproved);
}

TEST(Compare, NothingAgainstNothingIsSeldomAVerdict) {
  std::mt19937_64 random(5);
  int wrong = 0;
  constexpr int kTrials = 200;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto before = varying(random, 1000, 5, 0.15), after = varying(random, 1000, 5, 0.15);
    const Verdict verdict = compared(before, after).headline.verdict;
    wrong += verdict == Verdict::kImproved || verdict == Verdict::kRegressed ? 1 : 0;
  }
  EXPECT_LE(wrong, kTrials * 5 / 100);
}

// EXPECT_EQ, not NEAR: parts are multiples of one power of two, so no sum is rounded, whatever its order.
TEST(Compare, WhereTheWaitWentAddsUpToTheWholeExactly) {
  const auto comparison = compared(side({{1000, 100}, {1107, 93}, {903, 117}, {1001, 101}}),
                                   side({{200, 701}, {211, 693}, {197, 711}, {201, 703}}));
  double before = 0, after = 0, classes = 0;
  for (const SliceComparison& slice : comparison.classes) classes += slice.after.wait_ns_per_unit;
  for (const MovedWait& moved : comparison.moved) {
    before += moved.before_ns;
    after += moved.after_ns;
    double paths_before = 0, paths_after = 0;
    for (const auto& part : moved.paths) {
      paths_before += part.before_ns;
      paths_after += part.after_ns;
      double functions_after = 0;
      for (const auto& function : part.functions) functions_after += function.after_ns;
      EXPECT_EQ(functions_after, part.after_ns);
    }
    EXPECT_EQ(paths_before, moved.before_ns);
    EXPECT_EQ(paths_after, moved.after_ns);
  }
  EXPECT_EQ(before, comparison.everything.before.wait_ns_per_unit);
  EXPECT_EQ(after, comparison.everything.after.wait_ns_per_unit);
  EXPECT_EQ(classes, after);
  EXPECT_EQ(comparison.net.rose_ns - comparison.net.fell_ns, after - before);
  ASSERT_EQ(comparison.moved.size(), 2U);
  EXPECT_NEAR(comparison.moved[0].delta_ns(), -800.5, 1e-9);
  EXPECT_NEAR(comparison.moved[1].delta_ns(), 599.25, 1e-9);
  EXPECT_EQ(comparison.moved[0].paths[0].functions[0].name, "inet_ehash_insert");
}

TEST(Compare, AClassThatIsGoneAndOneThatIsNewHaveIntervals) {
  const auto comparison =
      compared(side({{1000, 0}, {1001, 0}, {999, 0}, {1002, 0}}), side({{0, 500}, {0, 501}, {0, 499}, {0, 502}}));
  const auto* gone = class_named(comparison, "tcp.ehash");
  const auto* fresh = class_named(comparison, "tcp.sock");
  ASSERT_NE(gone, nullptr);
  ASSERT_NE(fresh, nullptr);
  EXPECT_DOUBLE_EQ(*gone->effect.ratio, 0);
  EXPECT_LT(*gone->effect.high, 0.1);
  EXPECT_EQ(gone->verdict, Verdict::kImproved);
  EXPECT_FALSE(fresh->effect.ratio);
  EXPECT_GT(*fresh->effect.low, 10);
  EXPECT_EQ(fresh->verdict, Verdict::kRegressed);
}

TEST(Compare, AFewContentionsAreNotTested) {
  std::vector<LabelledRun> before, after;
  for (int i = 0; i < 4; ++i) {
    before.push_back(made_run({.ehash_ns = 100'000, .sock_ns = 0}, 1));
    after.push_back(made_run({.ehash_ns = 10, .sock_ns = 0}, 1));
  }
  const auto comparison = compared(before, after);
  EXPECT_FALSE(comparison.headline.effect.p);
  EXPECT_EQ(comparison.headline.verdict, Verdict::kInconclusive);
}

TEST(Compare, OneRunASideIsDescribedAndNotJudged) {
  const auto long_run = [](std::uint64_t wait) {
    TraceMaker maker;
    const auto lock = maker.table_lock("ehash", 1);
    const auto stack = maker.stack({"_raw_spin_lock", "inet_ehash_insert", "tcp_v4_rcv"});
    for (std::uint64_t i = 0; i < 20; ++i)
      maker.add({.waits = {{.lock = lock, .stack = stack, .waits_ns = std::vector<std::uint64_t>(50, wait + i % 3)}},
                 .connections_active = 50});
    std::vector<LabelledRun> runs;
    runs.push_back(made(maker));
    return runs;
  };
  const auto comparison = compared(long_run(1000), long_run(300));
  EXPECT_TRUE(comparison.within_run_only);
  EXPECT_EQ(comparison.headline.verdict, Verdict::kDiffers);
  for (const SliceComparison& slice : comparison.classes) EXPECT_FALSE(is_decided(slice.verdict)) << slice.name;
}

// What differs between single runs is less or more; better, worse and their colours are a verdict's.
TEST(Compare, NoOutputOfSingleRunsHasTheWordsOrColoursOfAVerdict) {
  for (const std::uint64_t before : {1000U, 300U}) {
    const std::uint64_t after = 1300 - before;
    const auto comparison = compared(side({{before, 0}}), side({{after, 0}}));
    ASSERT_TRUE(comparison.within_run_only);
    for (const char* const format : {"text", "md", "html", "json", "csv"}) {
      const std::string out = testing::compare_as(format, comparison, Taxonomy::built_in());
      for (const char* const word :
           {", better", ", worse", "class=\"improved\"", "class=\"regressed\"", "class=\"inconclusive\"",
            "v-not judged", "v-differs", "v-improved\"", "v-regressed\"", "class=\"f-fell", "class=\"f-rose"})
        EXPECT_EQ(out.find(word), std::string::npos) << format << ": " << word;
    }
    const std::string text = testing::compare_as("text", comparison, Taxonomy::built_in());
    EXPECT_NE(text.find(before > after ? ", less)" : ", more)"), std::string::npos) << text;
  }
}

// Four runs with these waits for a socket's wait queue and for the run queue.
std::vector<LabelledRun> queue_side(std::uint64_t wait_queue_ns) {
  std::vector<LabelledRun> runs;
  for (std::uint64_t i = 0; i < 4; ++i) {
    TraceMaker maker;
    const auto wakes = maker.stack({"_raw_spin_lock_irqsave", "__wake_up_sync_key", "sock_def_readable", "udp_rcv"});
    const auto switches = maker.stack({"_raw_spin_lock", "raw_spin_rq_lock_nested", "__schedule"});
    maker.add({.waits = {{.lock = maker.slab_lock("sock_inode_cache", "socket.wq.wait.lock"),
                          .stack = wakes,
                          .waits_ns = std::vector<std::uint64_t>(100, wait_queue_ns + i)},
                         {.lock = maker.lock({}),
                          .stack = switches,
                          .waits_ns = std::vector<std::uint64_t>(100, 50'000 + 9000 * i)}},
               .connections_active = 100});
    runs.push_back(made(maker));
  }
  return runs;
}

TEST(Compare, TheHeadlineSeesQueuesAndTheirWaitQueuesAndNoScheduler) {
  const auto comparison = compared(queue_side(1000), queue_side(10));
  EXPECT_EQ(comparison.headline.verdict, Verdict::kImproved);
  ASSERT_EQ(comparison.headline_parts.size(), 1U);
  EXPECT_EQ(comparison.headline_parts[0].name, "wait queues");
  EXPECT_NEAR(comparison.headline_parts[0].before.wait_ns_per_unit, 1001.5, 1e-9);
  EXPECT_NEAR(comparison.quiet.before.wait_ns_per_unit, 1001.5, 1e-9) << "without the scheduler's";
  EXPECT_GT(comparison.everything.before.wait_ns_per_unit, 50'000);
}

TEST(Compare, ARunCountsOnce) {
  auto before = side({{1000, 0}}), after = side({{100, 0}});
  for (int i = 0; i < 3; ++i) {
    before.push_back(before.front());
    after.push_back(after.front());
  }
  const auto comparison = compared(before, after);
  EXPECT_TRUE(comparison.within_run_only);
  EXPECT_EQ(comparison.before.files.size(), 1U);
  EXPECT_FALSE(is_decided(comparison.headline.verdict));
  const auto warnings = std::count_if(comparison.warnings.begin(), comparison.warnings.end(),
                                      [](const Warning& warning) { return warning.kind == WarningKind::kSameRun; });
  EXPECT_EQ(warnings, 6);
}

TEST(SendPath, NothingIsSaidToBeAbsentThatCouldNotBeSeen) {
  const auto answer = [](const Symbols& stack) {
    TraceMaker maker;
    maker.add({.waits = {{.lock = maker.lock({}),
                          .stack = maker.stack(stack),
                          .waits_ns = std::vector<std::uint64_t>(20, 100)}},
               .connections_active = 100});
    std::vector<LabelledRun> before, after;
    before.push_back(made(maker));
    TraceMaker other;
    other.add({.connections_active = 100});
    after.push_back(made(other));
    return send_path_answer(compared(before, after));
  };
  EXPECT_NE(answer({"_raw_spin_lock", "tcp_unheard_of", "tcp_sendmsg"})
                .find("can't be said: 20 waits of the socket layer are for locks of no known class"),
            std::string::npos);
  EXPECT_NE(answer({"_raw_spin_lock", "inet_put_port", "tcp_set_state"})
                .find("can't be said: 100% of the socket layer's wait has no call path"),
            std::string::npos);
  EXPECT_NE(answer({"_raw_spin_lock", "__skb_recv_udp", "udp_recvmsg"}).find("nothing waited"), std::string::npos);
}

bool warns(const Comparison& comparison, WarningKind kind) {
  return std::any_of(comparison.warnings.begin(), comparison.warnings.end(),
                     [kind](const Warning& warning) { return warning.kind == kind; });
}

std::vector<LabelledRun> of_release(const std::string& release, const std::string& label, std::uint64_t wait_ns) {
  std::vector<LabelledRun> runs;
  for (std::uint64_t i = 0; i < 4; ++i) {
    runs.push_back(made_run({.ehash_ns = wait_ns + i, .sock_ns = 0}));
    runs.back().run.facts.host.kernel_release = release;
    runs.back().run.facts.label = label;
  }
  return runs;
}

TEST(Warnings, EpochIsNamedBetweenFreebsdsAndWhereAlmostNothingIsLeft) {
  EXPECT_TRUE(warns(compared(of_release("9.3-RELEASE", "", 900), of_release("14.0-RELEASE", "", 800)),
                    WarningKind::kReadersUnseen));
  EXPECT_FALSE(warns(compared(of_release("9.3-RELEASE", "", 900), of_release("10.4-STABLE", "", 800)),
                     WarningKind::kReadersUnseen));
  EXPECT_FALSE(warns(compared(of_release("6.1.0-13-amd64", "", 900), of_release("12.0-custom", "", 800)),
                     WarningKind::kReadersUnseen));
  EXPECT_TRUE(warns(compared(of_release("6.1", "", 2000), of_release("6.1", "", 30)), WarningKind::kGoneUnseen))
      << "1.5% are left";
  EXPECT_FALSE(warns(compared(of_release("6.1", "", 2000), of_release("6.1", "", 500)), WarningKind::kGoneUnseen));
}

TEST(Warnings, LabelsThatContradictTheirSides) {
  EXPECT_TRUE(warns(compared(of_release("6.1", "after the patch", 900), of_release("6.1", "before", 800)),
                    WarningKind::kLabels));
  EXPECT_FALSE(
      warns(compared(of_release("6.1", "before", 900), of_release("6.1", "after", 800)), WarningKind::kLabels));
  EXPECT_FALSE(
      warns(compared(of_release("6.1", "thereafter", 900), of_release("6.1", "newer", 800)), WarningKind::kLabels));
}

TEST(Compare, TheUnitIsTheFirstThatEveryRunIsAbout) {
  const auto with_work = [](std::uint64_t connections, std::uint64_t sends) {
    TraceMaker maker;
    maker.add({.waits = {{.lock = maker.table_lock("ehash", 1), .waits_ns = {100}}},
               .connections_active = connections,
               .send_operations = sends});
    return made(maker);
  };
  const auto unit_of = [&](std::uint64_t connections, std::uint64_t sends) {
    std::vector<LabelledRun> before, after;
    before.push_back(with_work(50, 50));
    after.push_back(with_work(connections, sends));
    return compared(before, after).unit;
  };
  EXPECT_EQ(unit_of(50, 50), WorkUnit::kConnections);
  EXPECT_EQ(unit_of(50, 50'001), WorkUnit::kOperations) << "connections that last";
  EXPECT_EQ(unit_of(5, 5), WorkUnit::kOperations) << "too few connections to divide by";
  EXPECT_EQ(unit_of(0, 5), WorkUnit::kOperations);
  EXPECT_EQ(unit_of(0, 0), WorkUnit::kSeconds);
}

TEST(Compare, TakesPacketsWhereOperationsWereNotCountedToTheEnd) {
  const auto with_work = [](std::uint64_t connections, bool is_stopped) {
    TraceMaker maker;
    maker.add({.waits = {{.lock = maker.table_lock("ehash", 1), .waits_ns = {100}}},
               .connections_active = connections,
               .send_operations = 30,
               .segments_received = 90'000,
               .operations_stopped = is_stopped});
    std::vector<LabelledRun> side;
    side.push_back(made(maker));
    return side;
  };
  EXPECT_EQ(compared(with_work(64, false), with_work(64, false)).unit, WorkUnit::kConnections);
  EXPECT_EQ(compared(with_work(64, true), with_work(64, false)).unit, WorkUnit::kPackets)
      << "connections that last, and a part of the operations";
  EXPECT_EQ(compared(with_work(90, true), with_work(90, true)).unit, WorkUnit::kConnections);
  const auto stopped = with_work(64, true);
  EXPECT_EQ(work_in(stopped.front().run, WorkUnit::kOperations), 0);
  EXPECT_NE(why_unmeasured(stopped.front().run, WorkUnit::kOperations), "");
  EXPECT_EQ(stopped.front().run.work.send_operations, 0U);
}

TEST(Compare, AUnitWithoutWorkIsAnError) {
  CompareOptions options;
  options.unit = WorkUnit::kOperations;
  const auto before = side({{1000, 0}}), after = side({{1000, 0}});
  const auto comparison = compare(before, after, Taxonomy::built_in(), options);
  ASSERT_FALSE(comparison);
  EXPECT_EQ(comparison.error().exit_code, ExitCode::kNotEnoughData);
  EXPECT_FALSE(compare(before, {}, Taxonomy::built_in(), {}));
}

TEST(Compare, WarnsOfWhatMakesSidesIncomparable) {
  const auto before = side({{1000, 0}, {1001, 0}}), reference = side({{900, 0}});
  const auto warned_of = [&](const char* words, const std::function<void(TraceMaker&)>& change) {
    std::vector<LabelledRun> after;
    TraceMaker maker;
    maker.add({.waits = {{.lock = maker.table_lock("ehash", 1), .waits_ns = {100}}}, .connections_active = 100});
    change(maker);
    after.push_back(made(maker));
    const auto warnings = compared(before, after).warnings;
    return std::any_of(warnings.begin(), warnings.end(),
                       [words](const Warning& warning) { return message(warning).find(words) != std::string::npos; });
  };
  const auto nothing = [](TraceMaker&) {};
  const auto mode = [](TraceMaker& maker) { maker.header.set_spinlock_mode(trace::v1::SPINLOCK_MODE_NATIVE); };
  EXPECT_TRUE(warned_of("spinlock modes", mode));
  EXPECT_FALSE(warned_of("spinlock modes", nothing));
  EXPECT_TRUE(warned_of("kernels", [](TraceMaker& maker) { maker.header.mutable_host()->set_kernel_release("7.2"); }));
  EXPECT_FALSE(warned_of("kernels", nothing));
  const RunFacts& first = before.front().run.facts;
  const auto during_the_first = [&first](TraceMaker& maker) { maker.header.set_wall_start_ns(first.wall_start_ns); };
  EXPECT_TRUE(warned_of("at the same time", during_the_first));
  EXPECT_FALSE(warned_of("at the same time", nothing));
  EXPECT_FALSE(warned_of("at the same time", [&](TraceMaker& maker) {
    during_the_first(maker);
    maker.header.mutable_host()->set_boot_id("of another machine");
  }));
  EXPECT_TRUE(warned_of("hosts", [](TraceMaker& maker) { maker.header.mutable_host()->set_name("other"); }));
  EXPECT_TRUE(warned_of("CPUs", [](TraceMaker& maker) { maker.header.mutable_host()->set_cpus_online(64); }));
  EXPECT_TRUE(warned_of("filters", [](TraceMaker& maker) { maker.header.mutable_workload()->set_filter("pid 1"); }));
  EXPECT_TRUE(warned_of("ended with status 3", [](TraceMaker& maker) {
    maker.header.mutable_workload()->set_finished(true);
    maker.header.mutable_workload()->set_exit_status(3);
  }));
  EXPECT_TRUE(warned_of("lost", [](TraceMaker& maker) { maker.add({.connections_active = 1, .lost = 9}); }));
  EXPECT_FALSE(warned_of("lost", nothing));
  EXPECT_TRUE(warned_of("the load differs", [](TraceMaker& maker) { maker.add({.connections_active = 1000}); }));
  EXPECT_FALSE(warned_of("the load differs", nothing));
}

// Two runs of one second with 100 connections, whose headers say what is given.
std::vector<LabelledRun> recorded_as(const std::string& filter, std::uint32_t work_rules, bool sees_accept = true) {
  TraceMaker maker;
  maker.add({.waits = {{.lock = maker.table_lock("ehash", 1), .waits_ns = {100}}}, .connections_active = 100});
  maker.header.mutable_workload()->set_filter(filter);
  maker.header.mutable_recorder()->set_work_rules(work_rules);
  if (sees_accept) {
    auto* probe = maker.header.mutable_recorder()->add_probes();
    probe->set_name("sys_exit");
    probe->set_attached(true);
  }
  std::vector<LabelledRun> runs;
  runs.push_back(made(maker));
  return runs;
}

TEST(Compare, AProcessStartedAgainIsTheSameFilter) {
  const auto before = recorded_as("pid 17 (nginx)", 1);
  EXPECT_FALSE(warns(compared(before, recorded_as("pid 18 (nginx)", 1)), WarningKind::kFilters));
  EXPECT_TRUE(warns(compared(before, recorded_as("pid 17 (redis)", 1)), WarningKind::kFilters));
  EXPECT_TRUE(warns(compared(before, recorded_as("cgroup /x", 1)), WarningKind::kFilters));
  EXPECT_TRUE(warns(compared(before, recorded_as("", 1)), WarningKind::kFilters));
}

TEST(Compare, AttemptsAndEstablishedConnectionsAreNotTheSame) {
  const auto attempts = recorded_as("", 0), established = recorded_as("", 1);
  EXPECT_TRUE(warns(compared(attempts, established), WarningKind::kWorkRules));
  EXPECT_FALSE(warns(compared(attempts, recorded_as("", 0)), WarningKind::kWorkRules));
  EXPECT_FALSE(warns(compared(established, recorded_as("", 1)), WarningKind::kWorkRules));
}

TEST(Compare, WorkOfOthersIsNoDenominatorOfAFilter) {
  const auto filtered = recorded_as("pid 17", 0), after = recorded_as("pid 18", 0);
  const auto comparison = compared(filtered, after);
  EXPECT_EQ(comparison.unit, WorkUnit::kSeconds);
  EXPECT_TRUE(warns(comparison, WarningKind::kUnfilteredWork));
  EXPECT_EQ(work_in(filtered.front().run, WorkUnit::kConnections), 0);
  CompareOptions options;
  options.unit = WorkUnit::kConnections;
  const auto refused = compare(filtered, after, Taxonomy::built_in(), options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("not measured"), std::string::npos) << refused.error().what;
  EXPECT_EQ(compared(recorded_as("pid 17 (a)", 1), recorded_as("pid 18 (a)", 1)).unit, WorkUnit::kConnections);
}

TEST(Compare, AcceptedConnectionsOfAProcessAreUnknownWhereTheKernelDoesNotTell) {
  auto runs = recorded_as("pid 17 (a)", 1, false);
  EXPECT_EQ(why_unmeasured(runs.front().run, WorkUnit::kConnections), "") << "it opened some itself";
  runs.front().run.work.connections_active = 0;
  EXPECT_NE(why_unmeasured(runs.front().run, WorkUnit::kConnections), "");
  EXPECT_EQ(why_unmeasured(runs.front().run, WorkUnit::kOperations), "");
}

TEST(Compare, TheSameRunOnBothSidesIsSaid) {
  const auto runs = side({{1000, 0}});
  const auto warnings = compared(runs, runs).warnings;
  EXPECT_TRUE(std::any_of(warnings.begin(), warnings.end(),
                          [](const Warning& warning) { return warning.kind == WarningKind::kSameRun; }));
}

Side side_at(const std::vector<LabelledRun>& runs) {
  Side side;
  for (const LabelledRun& run : runs) side.push_back({&run, 1, {}});
  return side;
}

TEST(Interleaving, AreSeenByTheTimesAtWhichRunsBegan) {
  const auto runs_at = [](const std::vector<std::uint64_t>& times) {
    std::vector<LabelledRun> runs(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) runs[i].run.facts.wall_start_ns = times[i];
    return runs;
  };
  const auto before = runs_at({10, 40, 50, 80, 90, 120, 130, 160});
  const auto after =
      runs_at({150, 20, 30, 60, 70, 100, 110, 140});  // in any order; the sides take turns at being first
  const auto turns = interleaving_of(side_at(before), side_at(after));
  ASSERT_TRUE(turns.has_value());
  EXPECT_EQ(turns->before, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(turns->after, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 0}));
  const auto later = runs_at({200, 210, 220, 230, 240, 250, 260, 270});
  EXPECT_FALSE(interleaving_of(side_at(before), side_at(later))) << "one side after the other";
  EXPECT_FALSE(interleaving_of(side_at(runs_at({10, 30, 50, 70, 90, 110, 130})),
                               side_at(runs_at({20, 40, 60, 80, 100, 120, 140}))))
      << "fewer than eight";
  EXPECT_FALSE(interleaving_of(side_at(runs_at({0, 0, 0, 0, 0, 0, 0, 0})), side_at(runs_at({0, 0, 0, 0, 0, 0, 0, 0}))))
      << "times that are not known";
}

}  // namespace
}  // namespace socklock::analyzer
