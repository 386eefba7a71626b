// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/filter.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"

#include <gtest/gtest.h>

#include "analyzer/compare/compare.h"
#include "analyzer/compare/filtered.h"
#include "analyzer/compare/outliers.h"
#include "analyzer/compare/stack_trees.h"
#include "analyzer/label/load_runs.h"
#include "analyzer/measure/conditions.h"
#include "analyzer/measure/load_parts.h"
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
  EXPECT_EQ(list.back().value, "0..1.5");
  EXPECT_EQ(text_of(list.back()), "time 0.000 s to 1.500 s");
  for (const Condition& condition : list) filter = without(filter, condition);
  EXPECT_TRUE(filter.is_empty());
}

TEST_F(FilterTest, leaves_out_what_it_is_told_to) {
  const LabelledRun run = load();
  const Taxonomy& taxonomy = Taxonomy::built_in();
  const auto kept = [&](const std::vector<std::pair<std::string, std::string>>& words) {
    Filter filter;
    for (const auto& [kind, text] : words) EXPECT_TRUE(add_condition(filter, *condition_kind(kind), text, taxonomy));
    return wait_ns(filtered(run, taxonomy, filter));
  };
  EXPECT_EQ(kept({{"class", "!tcp.ehash"}}), 1000U);
  EXPECT_EQ(kept({{"class", "!tcp.ehash"}, {"class", "!tcp.bhash"}}), 0U);
  EXPECT_EQ(kept({{"path", "!setup"}}), 2300U);
  EXPECT_EQ(kept({{"role", "!bind table"}, {"class", "tcp.ehash"}}), 2300U);
  EXPECT_EQ(kept({{"stack", "!__sys_bind"}}), 2300U);
  EXPECT_EQ(kept({{"function", "!inet_ehash_insert"}}), 1000U);
  EXPECT_EQ(kept({{"instance", "!tcp.ehash[17]"}}), 1000U);
  EXPECT_EQ(kept({{"context", "!task"}}), 0U);
}

// Rules that count acquisitions and holds are those of the classes that are left.
TEST_F(FilterTest, rules_of_classes_that_are_left_out_count_nothing) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  const Filter filter{.left_out = {{"class", "tcp.ehash", true}}};
  const Taxonomy rules = rules_meeting(taxonomy, filter);
  EXPECT_LT(rules.acquisitions.size(), taxonomy.acquisitions.size());
  for (const AcquisitionRule& rule : rules.acquisitions) EXPECT_NE(taxonomy.at(rule.lock_class).name, "tcp.ehash");
}

TEST_F(FilterTest, takes_the_words_of_the_command_line_and_gives_them_back) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  Filter filter;
  const std::vector<std::pair<std::string, std::string>> words{{"class", "tcp.ehash"},    {"class", "!tcp.bhash"},
                                                               {"process", "nginx (47)"}, {"thread", "nginx 48"},
                                                               {"time", "1.5..3"},        {"time after", "2.."}};
  for (const auto& [kind, text] : words) ASSERT_TRUE(add_condition(filter, *condition_kind(kind), text, taxonomy));
  EXPECT_EQ(filter.range, (TimeRange{1'500'000'000, 3'000'000'000}));
  EXPECT_EQ(filter.range_of_after(), (TimeRange{2'000'000'000, UINT64_MAX}));
  EXPECT_TRUE(filter.needs_events());
  Filter again;
  const std::vector<std::string> options = condition_options(filter);
  for (std::size_t i = 0; i < options.size(); i += 2) {
    for (const ConditionKind& kind : condition_kinds()) {
      if ("--" + std::string(kind.option) != options[i]) continue;
      EXPECT_TRUE(add_condition(again, kind, options[i + 1], taxonomy)) << options[i + 1];
    }
  }
  EXPECT_EQ(again, filter);
}

TEST_F(FilterTest, refuses_what_names_nothing_and_says_what_there_is) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  const auto error = [&](const std::string& kind, const std::string& text) {
    Filter filter{.lock_class = "tcp.bhash"};
    const auto added = add_condition(filter, *condition_kind(kind), text, taxonomy);
    EXPECT_FALSE(added) << text;
    return added ? Error{} : added.error();
  };
  EXPECT_EQ(error("path", "sent").hint, "did you mean send?");
  EXPECT_NE(error("class", "tcp.ehsah").message().find("no such class"), std::string::npos);
  EXPECT_NE(error("class", "tcp.ehash").message().find("twice"), std::string::npos);
  for (const char* text : {"", "!", "3..1", "1..1", "a..b", "..", "1", "-1..2", "1..nan", "1..1e30"})
    EXPECT_EQ(error("time", text).exit_code, ExitCode::kUsage) << text;
  EXPECT_EQ(error("context", "irq").hint, "one of task, softirq, hardirq");
}

TEST_F(FilterTest, a_side_may_have_a_stretch_of_time_of_its_own) {
  Filter filter{.range = TimeRange{0, 900'000'000}, .range_after = TimeRange{1'200'000'000, 1'300'000'000}};
  const std::vector<LabelledRun> runs{load()};
  filter = with_whole_intervals(filter, runs, runs);
  EXPECT_EQ(filter.range, (TimeRange{0, 1'000'000'000}));
  EXPECT_EQ(filter.range_after, (TimeRange{1'000'000'000, 2'000'000'000}));
  const auto sides = load_parts({path_}, {path_}, Taxonomy::built_in(), filter, {});
  ASSERT_TRUE(sides);
  EXPECT_EQ(wait_ns(sides->before.front()), 1300U);
  EXPECT_EQ(wait_ns(sides->after.front()), 400U);
}

TEST_F(FilterTest, a_comparison_of_a_part_says_so) {
  const std::vector<LabelledRun> runs{load()};
  const Filter filter{.left_out = {{"class", "tcp.bhash", true}}};
  const auto parts = filtered(runs, Taxonomy::built_in(), filter);
  auto comparison = compare(parts, parts, Taxonomy::built_in(), {});
  ASSERT_TRUE(comparison);
  say_filter(filter, *comparison);
  EXPECT_EQ(message(comparison->warnings.front()),
            "only a part of the waits is compared, and no statement is made about others: not class tcp.bhash; work, "
            "CPU time and losses are of all");
  EXPECT_EQ(comparison->headline.name, "waits that meet the filter");
}

TEST_F(FilterTest, stacks_by_class_and_path_add_up_to_all_stacks) {
  const std::vector<LabelledRun> runs{load()};
  CompareOptions options;
  options.stacks_by_class_path = true;
  const auto comparison = compare(runs, runs, Taxonomy::built_in(), options);
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->class_path_stacks.size(), 2U);
  double sum = 0;
  for (const ClassPathStacks& part : comparison->class_path_stacks) sum += part.stacks.before_ns;
  EXPECT_DOUBLE_EQ(sum, comparison->stacks.before_ns);
  EXPECT_GT(sum, 0);
}

TEST(StackTrees, without_some_functions_keep_their_sums) {
  const StackNode inner{"inner", 3, 1, {}}, again{"inner", 1, 0, {}};
  const StackNode hidden{"hidden", 4, 2, {inner}};
  const StackNode root{"all waits", 5, 2, {{"outer", 5, 2, {hidden, again}}}};
  const StackNode shown = without_functions(root, [](const std::string& name) { return name == "hidden"; });
  ASSERT_EQ(shown.children.size(), 1U);
  ASSERT_EQ(shown.children.front().children.size(), 1U);
  EXPECT_EQ(shown.children.front().children.front().function, "inner");
  EXPECT_DOUBLE_EQ(shown.children.front().children.front().before_ns, 4);
  EXPECT_DOUBLE_EQ(shown.children.front().before_ns, 5);
}

TEST(Outliers, are_runs_far_from_the_others_and_of_few_runs_none) {
  EXPECT_EQ(outliers(std::vector<double>{10, 11, 9, 10.5, 100}), std::vector<std::size_t>{4});
  EXPECT_TRUE(outliers(std::vector<double>{10, 11, 9, 10.5, 12}).empty());
  EXPECT_TRUE(outliers(std::vector<double>{10, 11, 100}).empty());
  EXPECT_TRUE(outliers(std::vector<double>{10, 10, 10, 10, 100}).empty());
  EXPECT_TRUE(outliers(std::vector<double>{0, 11, 9, 10.5, 100}).empty());
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
