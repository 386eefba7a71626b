// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/filter.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include "analyzer/compare/compare.h"
#include "analyzer/label/load_runs.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using testing::Folder;
using testing::TraceMaker;

// Three seconds: an ehash and a bhash lock wait in the first, the ehash lock alone in the second, more of it in
// the third.
class FilterTest : public ::testing::Test {
 protected:
  FilterTest() {
    TraceMaker maker;
    const auto ehash = maker.table_lock("ehash", 17);
    const auto bhash = maker.table_lock("bhash", 3);
    const auto input = maker.stack({"native_queued_spin_lock_slowpath", "inet_ehash_insert", "tcp_v4_rcv"});
    const auto setup =
        maker.stack({"native_queued_spin_lock_slowpath", "inet_csk_get_port", "__inet_bind", "__sys_bind"});
    maker.add({.waits = {{ehash, input, {100, 200}}, {bhash, setup, {1000}}}, .connections_active = 10});
    maker.add({.waits = {{ehash, input, {400}}}, .connections_active = 10});
    maker.add({.waits = {{ehash, input, {800, 800}}}, .connections_active = 10});
    path_ = folder_.file("a.slk");
    maker.write(path_);
  }

  [[nodiscard]] LabelledRun load(const LoadOptions& options = {}) const {
    auto run = load_run(path_, options);
    EXPECT_TRUE(run);
    return label(*std::move(run), Taxonomy::built_in());
  }

  static std::uint64_t wait_ns(const LabelledRun& run) { return total(run).all.sums.wait_ns; }

  Folder folder_;
  std::string path_;
};

TEST_F(FilterTest, keeps_waits_that_meet_every_condition_with_their_intervals) {
  const LabelledRun run = load();
  const Taxonomy& taxonomy = Taxonomy::built_in();
  Filter filter;
  filter.lock_class = "tcp.ehash";
  const LabelledRun part = filtered(run, taxonomy, filter);
  EXPECT_EQ(wait_ns(run), 3300U);
  EXPECT_EQ(wait_ns(part), 2300U);
  std::vector<std::uint64_t> by_interval;
  for (const Interval& interval : part.run.intervals) {
    std::uint64_t sum = 0;
    for (const IntervalWait& wait : part.run.waits_of(interval)) sum += wait.wait_ns;
    by_interval.push_back(sum);
  }
  EXPECT_EQ(by_interval, (std::vector<std::uint64_t>{300, 400, 1600}));
  filter.path = CallPath::kSetup;
  EXPECT_EQ(wait_ns(filtered(run, taxonomy, filter)), 0U);
  EXPECT_EQ(part.run.work.connections_active, 30U);
}

TEST_F(FilterTest, knows_every_kind_of_condition) {
  const LabelledRun run = load();
  const auto kept = [&run](const Filter& filter) { return wait_ns(filtered(run, Taxonomy::built_in(), filter)); };
  EXPECT_EQ(kept({.role = Role::kBindTable}), 1000U);
  EXPECT_EQ(kept({.function = "inet_ehash_insert"}), 2300U);
  EXPECT_EQ(kept({.frame = "__sys_bind"}), 1000U);
  EXPECT_EQ(kept({.instance = "tcp.ehash[17]"}), 2300U);
  EXPECT_EQ(kept({.context = "task"}), 3300U);
  EXPECT_EQ(kept({}), 3300U);
}

TEST_F(FilterTest, says_its_conditions_and_takes_each_away) {
  Filter filter{.role = Role::kListener,
                .lock_class = "a",
                .path = CallPath::kSend,
                .function = "f",
                .frame = "g",
                .instance = "i",
                .process = "p",
                .context = "task",
                .range = TimeRange{0, 1'500'000'000}};
  const auto list = conditions(filter);
  EXPECT_EQ(list.size(), 9U);
  EXPECT_EQ(list.back().value, "0.000 s to 1.500 s");
  for (const Condition& condition : list) filter = without(filter, condition.kind);
  EXPECT_TRUE(filter.is_empty());
}

TEST_F(FilterTest, joins_conditions_and_lets_the_later_win) {
  const Filter joined = both({.lock_class = "a", .process = "p"}, {.lock_class = "b", .path = CallPath::kSend});
  EXPECT_EQ(joined, (Filter{.lock_class = "b", .path = CallPath::kSend, .process = "p"}));
}

TEST_F(FilterTest, a_time_range_leaves_out_waits_and_work_of_other_intervals) {
  const LabelledRun run = load({.range = TimeRange{1'000'000'000, 2'000'000'000}});
  EXPECT_EQ(wait_ns(run), 400U);
  EXPECT_EQ(run.run.work.connections_active, 10U);
  EXPECT_EQ(run.run.duration_ns(), 1'000'000'000U);
}

TEST_F(FilterTest, loading_stops_when_its_progress_says_so) {
  const auto run = load_run(path_, LoadOptions{.progress = [](std::uint64_t) { return false; }});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().what, kCancelled);
}

TEST_F(FilterTest, loading_several_tells_the_bytes_of_all) {
  std::atomic<std::uint64_t> largest = 0;
  const auto runs = load_runs({path_, path_}, Taxonomy::built_in(), {.progress = [&largest](std::uint64_t bytes) {
                                for (auto was = largest.load(); was < bytes;)
                                  if (largest.compare_exchange_weak(was, bytes)) break;
                                return true;
                              }});
  ASSERT_TRUE(runs);
  EXPECT_GT(largest, bytes_of({path_}));
  EXPECT_LE(largest, bytes_of({path_, path_}));
}

TEST_F(FilterTest, one_side_alone_has_measures_and_no_effects) {
  const std::vector<LabelledRun> runs{load()};
  const auto comparison = explore(runs, Taxonomy::built_in(), {});
  ASSERT_TRUE(comparison);
  EXPECT_DOUBLE_EQ(comparison->everything.before.wait_ns_per_unit, 110);
  EXPECT_EQ(comparison->classes.size(), 2U);
  EXPECT_FALSE(comparison->everything.effect.ratio);
  EXPECT_TRUE(comparison->after.files.empty());
  EXPECT_DOUBLE_EQ(comparison->stacks.before_ns, 110);
  EXPECT_FALSE(explore({}, Taxonomy::built_in(), {}));
}

TEST_F(FilterTest, groups_of_other_divisions_are_compared_like_classes) {
  const std::vector<LabelledRun> runs{load()};
  const auto slices = compare_by(runs, runs, Taxonomy::built_in(), By::kInstance, {});
  ASSERT_TRUE(slices);
  ASSERT_EQ(slices->size(), 2U);
  EXPECT_EQ(slices->front().name, "tcp.ehash[17]");
  EXPECT_EQ(slices->front().role, Role::kConnectionTable);
  EXPECT_NEAR(slices->front().before.wait_ns_per_unit, 2300.0 / 30, 1e-9);
  EXPECT_DOUBLE_EQ(*compare_by(runs, runs, Taxonomy::built_in(), By::kPath, {})->front().effect.ratio, 1);
}

}  // namespace
}  // namespace socklock::analyzer
