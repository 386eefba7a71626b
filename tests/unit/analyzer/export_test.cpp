// SPDX-License-Identifier: GPL-2.0-or-later
// What foreign readers can't see on real recordings: hostile names, redaction, scales. They themselves read the
// formats in tests/interop.
#include <gtest/gtest.h>

#include <set>

#include "analyzer/export/benchstat.h"
#include "analyzer/export/exporter.h"
#include "analyzer/export/folded.h"
#include "analyzer/export/openmetrics.h"
#include "analyzer/export/waits_csv.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/redact.h"
#include "tests/unit/analyzer/shown.h"
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

TEST_F(Export, EveryFormatOfTheTableWritesATrace) {
  analyzer::testing::write_ehash_run(folder_.file("a.slk"), 1000);
  std::set<std::string> names;
  for (const Exporter* exporter : exporters()) {
    EXPECT_TRUE(names.insert(exporter->name).second) << exporter->name;
    EXPECT_EQ(find_exporter(exporter->name), exporter);
    EXPECT_NE(std::string(exporter->summary), "");
    ExportRequest request{.taxonomy = taxonomy_, .sides = {{"", {loaded("a.slk")}}}, .paths = {folder_.file("a.slk")}};
    const auto one = exporter->run(request);
    ASSERT_TRUE(one.has_value()) << exporter->name << ": " << one.error().message();
    ASSERT_EQ(one->size(), 1U);
    EXPECT_NE(one->front().bytes, "") << exporter->name;
    EXPECT_TRUE(exporter->is_binary || one->front().bytes.find('\0') == std::string::npos) << exporter->name;
    request.sides = {{"before", {loaded("a.slk")}}, {"after", {loaded("a.slk")}}};
    const auto two = exporter->run(request);
    EXPECT_TRUE(two.has_value() || two.error().exit_code == ExitCode::kUsage) << exporter->name;
  }
  EXPECT_EQ(find_exporter("nothing"), nullptr);
}

TEST_F(Export, PerfettoNamesAWaitWithoutAStackByItsLocksOthers) {
  TraceMaker maker;
  const auto receive = maker.stack({"mutex_lock", "unix_stream_read_generic", "unix_stream_recvmsg", "__sys_recvfrom"});
  const auto lock = maker.lock({});
  maker.add({.waits = {{lock, 0, {100}, 33}, {lock, receive, {200}, 33, 0, 0, 1}}});
  maker.header.mutable_recorder()->set_stacks("sampled");
  maker.write(folder_.file("a.slk"));
  const ExportRequest request{
      .taxonomy = taxonomy_, .sides = {{"", {loaded("a.slk")}}}, .paths = {folder_.file("a.slk")}};
  const auto files = find_exporter("perfetto")->run(request);
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->front().bytes.find("unclassified"), std::string::npos);
}

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
  maker.header.set_label("on secret-host");
  maker.header.mutable_workload()->add_argv("secret-command");
  maker.add({.waits = {{.lock = maker.slab_lock("TCP", "sk_lock.slock"),
                        .stack = maker.stack({"tcp_v4_rcv"}),
                        .waits_ns = {100}}}});
  maker.write(folder_.file("secret-host.example.slk"));
  LabelledRun run = loaded("secret-host.example.slk", RowSource::kEvents);
  Redaction().apply(run.run);
  EXPECT_TRUE(run.run.path.starts_with("host-") && run.run.path.ends_with(".slk")) << run.run.path;
  std::string text = waits_csv(std::vector{ExportSide{"", {run}}}, taxonomy_);
  for (const By by : {By::kProcess, By::kInstance}) {
    ReportOptions options;
    options.by = by;
    text += testing::report_as("text", run, taxonomy_, options) + testing::report_as("json", run, taxonomy_, options);
  }
  for (const char* word : {"secret", "server", "0xffff", "ffff8880"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  EXPECT_NE(text.find("redacted"), std::string::npos);
  EXPECT_NE(text.find("thread-"), std::string::npos);
  EXPECT_NE(text.find("tcp.sock{#1}"), std::string::npos) << text;
}

// Where a tool or a kernel had no name, it wrote an address.
TEST_F(Export, NamesThatAreAddressesAreLeftOut) {
  const std::vector<std::string> addresses{"[0xffffffff81000001]", "0xffffffff81000002", "ffffffff81000003",
                                           "ffffffff81000004+0x12", "0xfffff80000000005"};
  const std::vector<std::string> names{"bpf_prog_6deef7357e7b4530_fw", "ffffffff", "tcp_v4_rcv", "[unnamed]"};
  TraceMaker maker;
  for (const std::string& address : addresses) {
    trace::v1::Lock lock;
    lock.set_kind(trace::v1::LOCK_FACT_SYMBOL);
    lock.set_symbol(address);
    maker.add({.waits = {{.lock = maker.lock(lock),
                          .stack = maker.stack({address, names[0], names[1], names[2]}),
                          .waits_ns = {100}}}});
  }
  maker.write(folder_.file("a.slk"));
  const LabelledRun run = loaded("a.slk");
  const std::string text = waits_csv(std::vector{ExportSide{"", {run}}}, taxonomy_);
  for (const std::string& address : addresses) EXPECT_EQ(text.find(address), std::string::npos) << text;
  EXPECT_EQ(text.find("ffffffff8"), std::string::npos) << text;
  for (const std::string& name : names) EXPECT_NE(text.find(name), std::string::npos) << name << " in\n" << text;
}

TEST_F(Export, MetricsHaveNoZeroForWhatWasNotRecorded) {
  TraceMaker maker;
  maker.header.set_origin("perf-lock-csv");
  maker.add({.waits = {{.lock = maker.table_lock("ehash", 17), .stack = maker.stack({"f"}), .waits_ns = {100}}}});
  maker.write(folder_.file("a.slk"));
  const ExportSide imported{"", {loaded("a.slk")}};
  ASSERT_FALSE(knows_distribution(imported.runs.front().run.facts));
  const std::string text = openmetrics(std::span(&imported, 1), taxonomy_);
  EXPECT_NE(text.find("socklock_contentions_total{"), std::string::npos) << text;
  for (const char* name : {"_bucket", "socklock_connections", "socklock_operations", "socklock_socket_bytes",
                           "socklock_host_cpu", "socklock_recorder_cpu"})
    EXPECT_EQ(text.find(name), std::string::npos) << text;
  analyzer::testing::write_ehash_run(folder_.file("b.slk"), 1000, 100, 3);
  const ExportSide own{"", {loaded("b.slk")}};
  const std::string all = openmetrics(std::span(&own, 1), taxonomy_);
  EXPECT_NE(all.find("_bucket"), std::string::npos);
  EXPECT_NE(all.find("socklock_connections_total{state=\"closed\"} 0"), std::string::npos) << "that is a zero: " << all;
}

}  // namespace
}  // namespace socklock::analyzer
