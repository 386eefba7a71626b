// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "proto/loss_counters.h"
#include "proto/work_counters.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/collector/kernel_words.h"
#include "tests/unit/collector/tables_in_memory.h"

namespace socklock::collector {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class MetricsTest : public ::testing::Test {
 protected:
  std::string text() const {
    std::ifstream in(folder_ / "m.prom");
    return (std::stringstream() << in.rdbuf()).str();
  }
  static void count(google::protobuf::RepeatedPtrField<trace::v1::Counter>* counters, std::uint32_t id,
                    std::uint64_t value) {
    counters->Add()->set_id(id);
    counters->rbegin()->set_value(value);
  }

  const socklock::testing::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  testing::WrittenKernel kernel_{{0x2000, 0x100, "tasklist_lock", ""}};
  Kallsyms symbols_ = kernel_.symbols_of();
  LockFacts facts_{symbols_, nullptr, std::vector<std::uint32_t>{}};
};

TEST_F(MetricsTest, AddsUpIntervalsAndReplacesTheFileAsAWhole) {
  auto metrics = Metrics::open((folder_ / "m.prom").string());
  ASSERT_TRUE(metrics);
  EXPECT_THAT(text(), HasSubstr("# EOF\n")) << "complete from the beginning";
  std::vector<RollupRow> rows(1);
  rows[0].sums.key.lock = 0x2000;
  rows[0].sums.contentions = 5;
  rows[0].sums.wait_ns = 2'500'000'000;
  facts_.resolve({{0x2000, false}}, {}, trace::v1::Dictionary().mutable_locks());
  trace::v1::Interval interval;
  count(interval.mutable_losses(), static_cast<std::uint32_t>(trace::LossReason::kTaskSlotsFull), 3);
  count(interval.mutable_losses(), static_cast<std::uint32_t>(trace::LossReason::kHistogramFull), 9);
  count(interval.mutable_work(), static_cast<std::uint32_t>(trace::WorkCounter::kSendBytes), 1000);
  metrics->add({interval, rows, facts_, {}, {}, 4096});
  metrics->add({interval, rows, facts_, {}, {}, 8192});
  EXPECT_THAT(text(), HasSubstr("socklock_contentions_total{lock=\"symbol\"} 10\n"));
  EXPECT_THAT(text(), HasSubstr("socklock_wait_seconds_total{lock=\"symbol\"} 5.000000000\n"));
  EXPECT_THAT(text(), HasSubstr("socklock_lost_waits_total{reason=\"task_slots_full\"} 6\n"));
  EXPECT_THAT(text(), ::testing::Not(HasSubstr("histogram_full"))) << "of which no wait is missing";
  EXPECT_THAT(text(), HasSubstr("socklock_work_total{kind=\"send_bytes\"} 2000\n"));
  EXPECT_THAT(text(), HasSubstr("socklock_trace_bytes 8192\n"));
  EXPECT_TRUE(text().ends_with("# EOF\n"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(MetricsTest, HasABoundedNumberOfCgroups) {
  auto metrics = Metrics::open((folder_ / "m.prom").string());
  ASSERT_TRUE(metrics);
  std::vector<socklock_cgroup> table(4096);
  table[0].id = table[0].complete = 1;
  std::vector<socklock_event> events(200);
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& cgroup = table[i + 1];
    cgroup.id = events[i].cgroup = static_cast<std::uint32_t>(i + 2);
    cgroup.parent = cgroup.complete = 1;
    std::snprintf(cgroup.name, sizeof cgroup.name, "a\"%zu", i);
    events[i].wait_ns = 1'000'000'000;
  }
  CgroupNames cgroups;
  cgroups.take(table);
  metrics->add({{}, {}, facts_, events, cgroups, 1});
  EXPECT_THAT(text(), HasSubstr("socklock_cgroup_wait_seconds_total{cgroup=\"/a\\\"0\"} 1.000000000\n"));
  EXPECT_THAT(text(), HasSubstr("socklock_cgroup_contentions_total{cgroup=\"(others)\"} 136\n"));
}

TEST_F(MetricsTest, SaysAtOnceThatTheFileCannotBeWritten) {
  const auto refused = Metrics::open("/no/such/folder/m.prom");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("/no/such/folder"));
}

TEST_F(MetricsTest, WritesNothingWhereNothingIsAskedFor) {
  auto metrics = Metrics::open("");
  ASSERT_TRUE(metrics);
  metrics->add({{}, {}, facts_, {}, {}, 1});
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace socklock::collector
