// SPDX-License-Identifier: GPL-2.0-or-later
// What foreign readers can't see on real recordings: hostile names, redaction, scales. They themselves read the
// formats in tests/interop.
#include <gtest/gtest.h>

#include "analyzer/export/benchstat.h"
#include "analyzer/export/folded.h"
#include "analyzer/export/openmetrics.h"
#include "analyzer/export/waits_csv.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/redact.h"
#include "analyzer/render/report.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::TraceMaker;

class Export : public ::testing::Test {
 protected:
  LabelledRun loaded(const std::string& name, RowSource source = RowSource::kSummaries) {
    auto run = load_run(folder_.file(name), source);
    EXPECT_TRUE(run.has_value());
    return label(*std::move(run), taxonomy_);
  }

  Folder folder_;
  const Taxonomy& taxonomy_ = Taxonomy::built_in();
};

TEST_F(Export, ValuesAreScaledToTheSameWork) {
  analyzer::testing::write_ehash_run(folder_.file("a.slk"), 1000, 100, 3);
  const LabelledRun run = loaded("a.slk");
  const auto sums = stack_profile(std::span(&run, 1), std::nullopt);
  const auto scaled = stack_profile(std::span(&run, 1), WorkUnit::kConnections);
  ASSERT_TRUE(sums.has_value() && scaled.has_value());
  EXPECT_EQ(sums->entries.at(0).wait_ns, 300'000U);
  EXPECT_EQ(scaled->entries.at(0).wait_ns, 1'000'000'000U) << "1000 ns for each of a million connections";
  EXPECT_EQ(scaled->entries.at(0).contentions, 1'000'000U);
  EXPECT_FALSE(stack_profile(std::span(&run, 1), WorkUnit::kOperations).has_value());
}

TEST_F(Export, HostileNamesStayInTheirPlace) {
  TraceMaker maker;
  maker.header.set_label("x\"\n# EOF\\");
  const auto lock = maker.table_lock("ehash", 17);
  maker.add({.waits = {{.lock = lock, .stack = maker.stack({"evil;frame 9\nx", "=1+1"}), .waits_ns = {100}}},
             .connections_active = 1});
  maker.write(folder_.file("a.slk"));
  const ExportSide side{"", {loaded("a.slk")}};
  const auto profile = stack_profile(side.runs, std::nullopt);
  EXPECT_EQ(folded(*profile, taxonomy_, ProfileMeasure::kWait), "=1+1;evil:frame 9?x;[tcp.ehash] 100\n");
  const std::string metrics = openmetrics(std::span(&side, 1), taxonomy_);
  EXPECT_NE(metrics.find("label=\"x\\\"?# EOF\\\\\""), std::string::npos) << metrics;
  EXPECT_EQ(metrics.find("# EOF\n"), metrics.size() - 6);
  const auto lines = benchstat(std::span(&side, 1), taxonomy_, WorkUnit::kConnections);
  ASSERT_TRUE(lines.has_value());
  EXPECT_EQ(lines->find("\n# EOF"), std::string::npos) << *lines;
  EXPECT_NE(waits_csv(std::span(&side, 1), taxonomy_).find("\"'=1+1;evil;frame 9?x\""), std::string::npos);
}

TEST_F(Export, RedactionLeavesOutWhoseMachineItWas) {
  TraceMaker maker;
  maker.header.mutable_host()->set_name("secret-host");
  maker.header.mutable_host()->set_boot_id("secret-boot");
  maker.header.mutable_workload()->add_argv("secret-command");
  maker.add({.waits = {{.lock = maker.slab_lock("TCP", "sk_lock.slock"),
                        .stack = maker.stack({"tcp_v4_rcv"}),
                        .waits_ns = {100}}}});
  maker.write(folder_.file("a.slk"));
  LabelledRun run = loaded("a.slk", RowSource::kEvents);
  redact(run.run);
  std::string text;
  for (const By by : {By::kProcess, By::kInstance}) {
    ReportOptions options;
    options.by = by;
    text += report_text(run, taxonomy_, options) + report_json(run, taxonomy_, options);
  }
  for (const char* word : {"secret", "server", "0xffff", "ffff8880"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  EXPECT_NE(text.find("redacted"), std::string::npos);
  EXPECT_NE(text.find("thread-"), std::string::npos);
  EXPECT_NE(text.find("tcp.sock{#1}"), std::string::npos) << text;
}

}  // namespace
}  // namespace socklock::analyzer
