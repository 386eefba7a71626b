// SPDX-License-Identifier: GPL-2.0-or-later
// Cgroups, network namespaces, waits for CPUs and owners of locks, from a trace to what is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/redact.h"
#include "analyzer/measure/conditions.h"
#include "analyzer/measure/filter.h"
#include "analyzer/measure/load_parts.h"
#include "analyzer/measure/owners.h"
#include "tests/unit/analyzer/shown.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::TraceMaker;

class DimensionTest : public ::testing::Test {
 protected:
  DimensionTest() {
    TraceMaker maker;
    maker.header.mutable_recorder()->set_knows_run_delay(true);
    maker.name_namespace(4026531840, "host");
    const auto bhash = maker.table_lock("bhash", 3, 4026531840), ehash = maker.table_lock("ehash", 17, 4026532286);
    const auto mutex = maker.slab_lock("UNIX", "iolock");
    const auto setup = maker.stack({"_raw_spin_lock", "inet_csk_get_port", "__sys_bind"});
    const auto receive =
        maker.stack({"mutex_lock", "unix_stream_read_generic", "unix_stream_recvmsg", "__sys_recvfrom"});
    const auto asleep = maker.stack({"__schedule", "schedule", "unix_stream_data_wait", "unix_stream_read_generic",
                                     "unix_stream_recvmsg", "__sys_recvfrom"});
    const auto web = maker.thread(10, "nginx", "/system.slice/nginx.service");
    const auto db = maker.thread(20, "postgres", "/system.slice/postgresql.service/16-main");
    maker.add({.waits = {{bhash, setup, {100, 200}, 1, 0, 0, 0, web},
                         {ehash, setup, {1000}, 1, 0, 0, 0, db, 0, 3},
                         {mutex, receive, {5000, 3000}, 33, 0, 0, 0, db, 2000, 4}},
               .owners = {{mutex, receive, 0, web, asleep, 46, 3, 0, 2, 6000, 3000},
                          {mutex, receive, 0, web, 0, 46, 1, db, 1, 2000, 1000},
                          {mutex, receive, 0, 0, 0, 0, 0, 0, 1, 500}}});
    path_ = folder_.file("a.slk");
    maker.write(path_);
  }

  [[nodiscard]] LabelledRun load(const LoadOptions& options = {.source = RowSource::kEvents}) const {
    auto run = load_run(path_, options);
    EXPECT_TRUE(run);
    EXPECT_TRUE(run->damage.empty());
    return label(*std::move(run), Taxonomy::built_in());
  }
  static std::vector<std::pair<std::string, std::uint64_t>> waits(const LabelledRun& run, By by) {
    std::vector<Slice> slices = break_down(run, Taxonomy::built_in(), by);
    sort_slices(slices, SliceOrder::kName);
    std::vector<std::pair<std::string, std::uint64_t>> named;
    for (const Slice& slice : slices) named.emplace_back(slice.name, slice.stats.sums.wait_ns);
    return named;
  }
  static std::uint64_t wait_ns(const LabelledRun& run, const Filter& filter) {
    return total(filtered(run, Taxonomy::built_in(), filter)).all.sums.wait_ns;
  }

  Folder folder_;
  std::string path_;
};

TEST_F(DimensionTest, waits_are_summed_by_cgroup_and_by_network_namespace) {
  EXPECT_THAT(waits(load(), By::kCgroup),
              ElementsAre(Pair("nginx.service", 300U), Pair("postgresql.service/16-main", 9000U)));
  EXPECT_THAT(waits(load(), By::kNetns),
              ElementsAre(Pair("(none)", 8000U), Pair("host", 300U), Pair("net:[4026532286]", 1000U)));
  // Of locks, so sums know it, too.
  EXPECT_EQ(waits(load({}), By::kNetns).size(), 3U);
}

TEST_F(DimensionTest, a_filter_takes_a_cgroup_by_its_name_its_path_or_one_above_it) {
  const LabelledRun run = load();
  EXPECT_EQ(wait_ns(run, {.cgroup = "nginx.service"}), 300U);
  EXPECT_EQ(wait_ns(run, {.cgroup = "/system.slice/postgresql.service"}), 9000U);
  EXPECT_EQ(wait_ns(run, {.cgroup = "/system.slice"}), 9300U);
  EXPECT_EQ(wait_ns(run, {.cgroup = "/system.slice/postgres"}), 0U);
  EXPECT_EQ(wait_ns(run, {.cgroup = "/"}), 9300U);
  EXPECT_EQ(wait_ns(run, {.netns = "host"}), 300U);
  EXPECT_TRUE(Filter{.cgroup = "x"}.needs_events());
  EXPECT_FALSE(Filter{.netns = "x"}.needs_events());
  EXPECT_TRUE(without({.cgroup = "x"}, {"cgroup", "x"}).is_empty());
}

TEST_F(DimensionTest, a_filter_takes_a_thread_by_its_number_or_with_its_name) {
  const LabelledRun run = load();
  EXPECT_EQ(wait_ns(run, {.thread = "10"}), 300U);
  EXPECT_EQ(wait_ns(run, {.thread = "postgres 20"}), 9000U);
  EXPECT_EQ(wait_ns(run, {.thread = "postgres"}), 0U);
  EXPECT_EQ(wait_ns(run, {.left_out = {{"thread", "20", true}}}), 300U);
  EXPECT_TRUE(Filter{.thread = "10"}.needs_events());
}

TEST_F(DimensionTest, a_threshold_leaves_out_shorter_waits_when_events_are_loaded) {
  const LabelledRun run = load({.source = RowSource::kEvents, .min_wait_ns = 1000});
  EXPECT_EQ(total(run).all.sums.wait_ns, 9000U);
  EXPECT_EQ(total(run).all.sums.contentions, 3U);
  EXPECT_FALSE(Filter{.min_wait_ns = 1000}.selects_rows());
  EXPECT_EQ(text_of(conditions({.min_wait_ns = 100'000}).at(0)), "wait of 100 µs or longer");
}

TEST_F(DimensionTest, a_filter_takes_cpus_which_only_events_have) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  const auto filter_of = [&taxonomy](const std::string& text) {
    Filter filter;
    EXPECT_TRUE(add_condition(filter, *condition_kind("cpu"), text, taxonomy)) << text;
    return filter;
  };
  const auto events = load_events(path_, taxonomy);
  ASSERT_TRUE(events);
  const std::vector<std::tuple<std::string, std::uint64_t, std::size_t>> expected{
      {"0", 300, 2},   {"3", 1000, 1},    {"3-4", 9000, 3}, {"4,0", 8300, 4},
      {"!4", 1300, 3}, {"!0,3", 8000, 2}, {"7", 0, 0}};
  for (const auto& [text, wait_ns, waits] : expected) {
    const Filter filter = filter_of(text);
    EXPECT_TRUE(filter.needs_events()) << text;
    const auto sides = load_parts({path_}, {}, taxonomy, filter, {.source = RowSource::kEvents});
    ASSERT_TRUE(sides);
    const LabelledRun part = filtered(sides->before.front(), taxonomy, filter);
    EXPECT_EQ(total(part).all.sums.wait_ns, wait_ns) << text;
    EXPECT_TRUE(part.run.owners.empty()) << "owners of locks are not known by CPU";
    EXPECT_EQ(events_meeting(*events, taxonomy, filter).size(), waits) << text;
  }
  Filter both_ways = filter_of("0-4");
  ASSERT_TRUE(add_condition(both_ways, *condition_kind("cpu"), "!3", taxonomy));
  EXPECT_EQ(events_meeting(*events, taxonomy, both_ways).size(), 4U);
  EXPECT_FALSE(both_ways.selects_rows());
  EXPECT_THAT(condition_texts(both_ways), ElementsAre("cpu 0-4", "not cpu 3"));
  EXPECT_THAT(condition_options(filter_of("5,1,2,3")), ElementsAre("--cpu", "1-3,5"));
  for (const char* text : {"", "!", "x", "1-", "4-3", "1,,2", "-1", "70000", "!x"}) {
    Filter filter;
    EXPECT_FALSE(add_condition(filter, *condition_kind("cpu"), text, taxonomy)) << text;
  }
}

// What was not counted by the length of waits is not that of all waits beside those of the long ones.
TEST_F(DimensionTest, a_threshold_leaves_nothing_that_was_not_counted_by_it) {
  const LabelledRun run = load({.source = RowSource::kEvents, .min_wait_ns = 1000});
  EXPECT_FALSE(run.run.owners.empty());
  EXPECT_TRUE(filtered(run, Taxonomy::built_in(), {.min_wait_ns = 1000}).run.owners.empty());
  EXPECT_EQ(wait_ns(run, {.min_wait_ns = 1000}), 9000U);
}

TEST_F(DimensionTest, what_was_waited_for_a_cpu_is_told_from_what_was_waited_for_the_lock) {
  for (const LabelledRun& run : {load(), load({})}) {
    EXPECT_EQ(total(run).all.sums.run_delay_ns, 4000U);
    EXPECT_THAT(testing::report_as("text", run, Taxonomy::built_in(), {}), HasSubstr("43% of the wait was for a CPU"));
    EXPECT_THAT(testing::report_as("json", run, Taxonomy::built_in(), {}), HasSubstr("\"run_delay_ns\": 4000"));
  }
}

TEST_F(DimensionTest, owners_are_summed_by_what_they_did) {
  const LabelledRun run = load({});
  const auto matrix = owner_matrix(run);
  ASSERT_EQ(matrix.size(), 2U);
  EXPECT_EQ(Taxonomy::built_in().at(matrix[0].lock_class).name, "unix.iolock");
  EXPECT_EQ(matrix[0].waiter, CallPath::kReceive);
  EXPECT_EQ(matrix[0].owner, CallPath::kReceive);
  EXPECT_EQ(matrix[0].wait_ns, 8000U);
  EXPECT_THAT(matrix[0].wait_ns_by_state, ElementsAre(0U, 2000U, 0U, 6000U, 0U));
  EXPECT_EQ(matrix[0].contended_ns, 4000U);
  EXPECT_THAT(matrix[0].contended_ns_by_state, ElementsAre(0U, 1000U, 0U, 3000U, 0U));
  EXPECT_FALSE(matrix[1].owner);
  const auto details = owner_details(run);
  ASSERT_EQ(details.size(), 2U);
  EXPECT_EQ(details[0].owner, "nginx");
  EXPECT_EQ(details[0].cgroup, "nginx.service");
  EXPECT_EQ(details[0].function, "unix_stream_data_wait");
  EXPECT_EQ(details[0].root, "");
  EXPECT_EQ(details[1].root, "postgres");
  EXPECT_EQ(details[0].contended_ns, 3000U);
  EXPECT_THAT(testing::report_as("text", run, Taxonomy::built_in(), {}),
              HasSubstr("unix.iolock: nginx, asleep in unix_stream_data"));
}

TEST_F(DimensionTest, redaction_replaces_cgroups_and_names_of_namespaces) {
  auto run = load_run(path_, RowSource::kEvents);
  ASSERT_TRUE(run);
  run->dictionaries.namespaces[4026532286] = "blue";
  Redaction().apply(*run);
  for (const Cgroup& cgroup : run->dictionaries.cgroups)
    EXPECT_THAT(cgroup.name, ::testing::AnyOf("(not known)", ::testing::StartsWith("cgroup-")));
  EXPECT_THAT(run->dictionaries.namespaces[4026532286], ::testing::StartsWith("netns-"));
  EXPECT_EQ(run->dictionaries.namespaces[4026531840], "host");
}

}  // namespace
}  // namespace socklock::analyzer
