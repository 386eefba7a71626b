// SPDX-License-Identifier: GPL-2.0-or-later
// Contentions without a length, and work by the user's word.
#include "analyzer/compare/untimed.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/compare/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/stated_work.h"
#include "analyzer/measure/work_unit.h"
#include "proto/rows.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

SideMeasures side(std::uint64_t untimed, double contentions_per_unit = 1) {
  SideMeasures measures;
  measures.stats.sums.contentions = 100;
  measures.stats.sums.untimed = untimed;
  measures.contentions_per_unit = contentions_per_unit;
  return measures;
}

// What was measured of such a side's wait is a lower bound.
TEST(Untimed, AVerdictHoldsOnlyWhereItHoldsWhateverTheLengthsWere) {
  using enum Verdict;
  for (const Verdict verdict : {kImproved, kRegressed, kUnchanged, kInconclusive})
    EXPECT_EQ(despite_untimed(verdict, side(0), side(0)), verdict);
  EXPECT_EQ(despite_untimed(kImproved, side(9), side(0)), kImproved) << "before was at least as much";
  EXPECT_EQ(despite_untimed(kRegressed, side(9), side(0)), kInconclusive);
  EXPECT_EQ(despite_untimed(kUnchanged, side(9), side(0)), kInconclusive);
  EXPECT_EQ(despite_untimed(kImproved, side(0), side(9)), kInconclusive);
  EXPECT_EQ(despite_untimed(kRegressed, side(0), side(9)), kRegressed);
  EXPECT_EQ(despite_untimed(kImproved, side(9, 2), side(9, 1)), kImproved);
  EXPECT_EQ(despite_untimed(kImproved, side(9, 1), side(9, 2)), kInconclusive) << "more spun instead";
}

// FreeBSD 9 counts spins and knows of none how long it was: a class that both sides have is not "new (1..1)".
TEST(Untimed, WhereNoLengthIsKnownThereIsNoEffect) {
  const auto runs = [](std::uint8_t flags) {
    std::vector<LabelledRun> side;
    for (std::uint64_t i = 0; i < 3; ++i) {
      testing::Folder folder;
      testing::TraceMaker maker;
      maker.add({.waits = {{.lock = maker.table_lock("ehash", 1),
                            .waits_ns = std::vector<std::uint64_t>(50 + i, 1000),
                            .flags = flags}},
                 .connections_active = 100});
      maker.write(folder.file("a.slk"));
      side.push_back(label(*load_run(folder.file("a.slk")), Taxonomy::built_in()));
    }
    return side;
  };
  CompareOptions options;
  options.unit = WorkUnit::kConnections;
  const auto comparison = compare(runs(32 | trace::kFlagUntimed), runs(32), Taxonomy::built_in(), options);
  ASSERT_TRUE(comparison.has_value());
  const SliceComparison& slice = comparison->classes.front();
  EXPECT_FALSE(slice.effect.ratio || slice.effect.low || slice.effect.high || slice.effect.p);
  EXPECT_EQ(effect_text(slice), "length not known");
  EXPECT_EQ(slice.verdict, Verdict::kInconclusive);
}

TEST(Untimed, ContentionsWithoutALengthAddNoWait) {
  testing::Folder folder;
  testing::TraceMaker maker;
  const auto lock = maker.table_lock("ehash", 1);
  maker.add({.waits = {{.lock = lock, .waits_ns = {100, 300}, .flags = 32},
                       {.lock = lock, .waits_ns = {5, 5, 5}, .flags = 32 | trace::kFlagUntimed}}});
  maker.write(folder.file("a.slk"));
  const auto run = load_run(folder.file("a.slk"));
  ASSERT_TRUE(run.has_value());
  WaitStats all;
  for (std::size_t row = 0; row < run->waits.size(); ++row) all.add(run->waits.sums[row], run->waits.cells_of(row));
  EXPECT_EQ(all.sums.contentions, 5U);
  EXPECT_EQ(all.sums.untimed, 3U);
  EXPECT_EQ(all.sums.wait_ns, 400U);
  EXPECT_EQ(all.sums.wait_min_ns, 100U);
  EXPECT_DOUBLE_EQ(all.mean_ns(), 200);
  EXPECT_GT(all.quantile_ns(0.5), 90) << "of those whose length is known";
}

TEST(StatedWork, IsAUnitAndCounts) {
  const auto work = parse_stated_work("binds=22689,19010");
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->unit, "binds");
  EXPECT_THAT(work->counts, ::testing::ElementsAre(22689U, 19010U));
  for (const char* text : {"", "binds", "binds=", "=5", "seconds=5", "cats=5", "binds=0", "binds=-1", "binds=5,",
                           "binds=5;6", "binds=99999999999999999999"})
    EXPECT_FALSE(parse_stated_work(text).has_value()) << text;
}

TEST(StatedWork, ReplacesWhatWasRecorded) {
  analyzer::Run run;
  run.end_ns = 10'000'000'000;
  run.work.connections_active = 7;
  Interval interval;
  interval.end_ns = 2'000'000'000;
  EXPECT_DOUBLE_EQ(work_in(run, WorkUnit::kConnections), 7);
  EXPECT_DOUBLE_EQ(work_in(run, WorkUnit::kBinds), 0);
  run.facts.workload.stated = {{"connections", 50}, {"binds", 100}};
  EXPECT_DOUBLE_EQ(work_in(run, WorkUnit::kConnections), 50);
  EXPECT_DOUBLE_EQ(work_in(run, interval, WorkUnit::kBinds), 20) << "spread evenly";
  const analyzer::Run* const runs[] = {&run};
  EXPECT_EQ(default_work_unit(runs), WorkUnit::kConnections);
  run.facts.workload.stated = {{"binds", 100}};
  EXPECT_EQ(default_work_unit(runs), WorkUnit::kBinds);
}

}  // namespace
}  // namespace socklock::analyzer
