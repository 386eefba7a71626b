// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of FreeBSD, written by hand (tests/data/freebsd/README.md), and what may happen to them on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "analyzer/compare/compare.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/breakdown.h"
#include "import/dtrace_line.h"
#include "import/importers.h"
#include "tests/unit/analyzer/shown.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using namespace imports;  // what is tested
using ::testing::HasSubstr;

const std::string kFreebsdFolder = "tests/data/freebsd/";
const Taxonomy& freebsd_rules() { return Taxonomy::built_in(); }

std::string text_of(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(kFreebsdFolder + name).rdbuf();
  return text.str();
}

class ImportFreebsd : public ::testing::Test {
 protected:
  using Importer = Result<ImportResult> (*)(std::istream&, const ImportOptions&, trace::TraceWriter&);

  Result<ImportResult> import(Importer importer, const std::string& text, const std::string& name = "a.slk") {
    auto writer = trace::TraceWriter::create(folder_.file(name), true);
    if (!writer) return fail(writer.error());
    std::istringstream in(text);
    return importer(in, {"label", "input", 0}, *writer);
  }

  LabelledRun loaded(const std::string& name = "a.slk") {
    auto run = load_run(folder_.file(name));
    EXPECT_TRUE(run.has_value());
    EXPECT_TRUE(run->damage.empty());
    EXPECT_TRUE(run->closed);
    return label(*std::move(run), freebsd_rules());
  }

  Folder folder_;
};

std::uint64_t contentions_of(const LabelledRun& run) {
  std::uint64_t sum = 0;
  for (const auto& sums : run.run.waits.sums) sum += sums.contentions;
  return sum;
}

// Contentions of a class on a path.
std::uint64_t waits(const LabelledRun& run, const char* name, CallPath path) {
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row < run.run.waits.sums.size(); ++row)
    if (run.labels[row].path == path && freebsd_rules().at(run.labels[row].lock_class).name == name)
      sum += run.run.waits.sums[row].contentions;
  return sum;
}

TEST_F(ImportFreebsd, DtraceRecordingHasItsSumsPathsAndWork) {
  const auto imported = import(import_dtrace, text_of("before-mutex.txt"));
  ASSERT_TRUE(imported.has_value()) << imported.error().message();
  EXPECT_EQ(imported->lost, 0U);
  const LabelledRun run = loaded();
  EXPECT_EQ(contentions_of(run), 71320U);
  EXPECT_EQ(run.run.facts.host.kernel_release, "FreeBSD 7.0-before-2006");
  EXPECT_EQ(run.run.work.connections_active, 5000U);
  EXPECT_EQ(run.run.work.send_bytes, 5U * 60000 * 512);
  EXPECT_EQ(run.run.intervals.size(), 5U);
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kReceive), 10620U);
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kSetup), 4500U);
  EXPECT_EQ(waits(run, "so.sockbuf", CallPath::kSend), 1500U);
}

TEST_F(ImportFreebsd, AcquisitionsAreByLockAndSystemCall) {
  ASSERT_TRUE(import(import_dtrace, text_of("before-mutex.txt")));
  const LabelledRun run = loaded();
  const AcquisitionCounts counts(run.run, freebsd_rules());
  const ClassId table = *freebsd_rules().class_named("tcp.pcbinfo");
  EXPECT_EQ(counts.of(table, CallPath::kSend)->count, 5U * 61000);
  EXPECT_EQ(counts.of(table, CallPath::kInput)->count, 5U * 123000);
  EXPECT_EQ(counts.of(table)->count, 1237500U);
  EXPECT_FALSE(counts.of(table)->at_least);
}

// The question of 2006: a mutex before, an rwlock after, the same lock.
TEST_F(ImportFreebsd, ComparesVersionsInWhichTheLockIsOfAnotherKind) {
  ASSERT_TRUE(import(import_dtrace, text_of("before-mutex.txt"), "before.slk"));
  ASSERT_TRUE(import(import_dtrace, text_of("after-rwlock.txt"), "after.slk"));
  std::vector<LabelledRun> before, after;
  before.push_back(loaded("before.slk"));
  after.push_back(loaded("after.slk"));
  const auto comparison = compare(before, after, freebsd_rules(), {});
  ASSERT_TRUE(comparison.has_value()) << comparison.error().message();
  const std::string text = testing::compare_as("text", *comparison, freebsd_rules(), 0);
  EXPECT_THAT(text, HasSubstr("VERDICT improved"));
  EXPECT_THAT(text, ::testing::ContainsRegex("send +6.67 +0 +gone .* improved"));
  EXPECT_THAT(text, ::testing::ContainsRegex("receive +2.12 +0 +gone .* improved"));
  EXPECT_THAT(text, ::testing::ContainsRegex("teardown +0.8 +0.752"));
  EXPECT_THAT(text, HasSubstr("It acquired 61 of"));
}

constexpr const char* kHead = "socklock-dtrace\t1\t14.1-RELEASE\tamd64\t4\nB\t1700000000000000000\n";
constexpr const char* kStack =
    "              kernel`__mtx_lock_sleep+0xb0\n              kernel`tcp_usr_connect+0x60\n\n";

std::string wait_line(const char* counts) {
  return std::string("W\tadaptive-block\t0\tfff0\t6\ttcp\t") + counts + "\n";
}

TEST_F(ImportFreebsd, WhatTheSumsMissIsLost) {
  const std::string text = kHead + wait_line("3\t9000\t2000\t4000") + kStack + "S\t5\t15000\nT\t1000000000\nZ\n";
  const auto imported = import(import_dtrace, text);
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 3U);
  EXPECT_EQ(imported->lost, 2U);
  EXPECT_EQ(loaded().run.lost(), 2U);
}

// Sums are since the start: the second block has the lines that the first one lost.
TEST_F(ImportFreebsd, ALostLineIsMadeUpForByTheNextBlock) {
  const std::string text = kHead + std::string("W\tadaptive-bl") + kStack + "S\t3\t9000\nT\t1000000000\n" +
                           wait_line("5\t15000\t2000\t4000") + kStack + "S\t5\t15000\nT\t2000000000\nZ\n";
  const auto imported = import(import_dtrace, text);
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 5U);
  EXPECT_EQ(imported->lost, 0U);
}

TEST_F(ImportFreebsd, WhatDtraceDroppedIsSaid) {
  ASSERT_TRUE(
      import(import_dtrace, kHead + std::string("dtrace: 45 drops on CPU 0\ndtrace: 3 aggregation drops on CPU 1\n"
                                                "dtrace: 9 dynamic variable drops\nT\t1000000000\nZ\n")));
  EXPECT_THAT(loaded().run.facts.notes, ::testing::Contains(HasSubstr("48 records that dtrace dropped")));
}

// dtrace writes what it has to say in between, and stacks go on after it.
TEST_F(ImportFreebsd, MessagesBetweenTheFramesOfAStackAreNoneOfThem) {
  const std::string text = kHead + wait_line("1\t9000\t9000\t9000") +
                           "              kernel`__mtx_lock_sleep+0xb0\ndtrace: 1 drops on CPU 0\n"
                           "              kernel`tcp_usr_connect+0x60\n\nS\t1\t9000\nT\t1000000000\nZ\n";
  ASSERT_TRUE(import(import_dtrace, text));
  EXPECT_EQ(waits(loaded(), "tcp.pcbinfo", CallPath::kSetup), 1U);
}

// A spin that belongs to the block before it adds time and no contention.
TEST_F(ImportFreebsd, ASpinAndABlockOfOneAcquisitionAreOneContention) {
  const std::string text = kHead + wait_line("1\t9000\t9000\t9000") + kStack +
                           "W\tadaptive-spin\t0\tfff0\t3\ttcp\t0\t700\t700\t700\n" + kStack +
                           "S\t1\t9700\nT\t1000000000\nZ\n";
  ASSERT_TRUE(import(import_dtrace, text));
  const LabelledRun run = loaded();
  ASSERT_EQ(run.run.waits.sums.size(), 1U);
  EXPECT_EQ(run.run.waits.sums[0].contentions, 1U);
  EXPECT_EQ(run.run.waits.sums[0].wait_ns, 9700U);
}

TEST_F(ImportFreebsd, ARecordingThatEndsEarlySaysSo) {
  const std::string whole = text_of("before-mutex.txt");
  for (const std::size_t bytes : {whole.size() - 3, whole.size() / 2, whole.size() / 3}) {
    const auto imported = import(import_dtrace, whole.substr(0, bytes));
    ASSERT_TRUE(imported.has_value()) << bytes;
    const LabelledRun run = loaded();
    EXPECT_EQ(contentions_of(run), imported->contentions);
    EXPECT_THAT(run.run.facts.notes, ::testing::Contains(HasSubstr("the file ends before it")));
  }
}

TEST_F(ImportFreebsd, OtherTextIsRefused) {
  for (const char* text : {"", "hello\n", "W\tadaptive-block\t0\tfff0\t6\ttcp\t1\t1\t1\t1\n"})
    EXPECT_FALSE(import(import_dtrace, text).has_value()) << text;
  EXPECT_FALSE(import(import_dtrace, "socklock-dtrace\t2\t15.0\tamd64\t4\n").has_value()) << "a newer version";
  EXPECT_FALSE(import(import_lockstat, "hello\n").has_value());
  EXPECT_FALSE(import(import_lock_prof, "hello\n").has_value());
}

TEST_F(ImportFreebsd, OneHashNameIsOfTcpOrUdpByWhoTookIt) {
  const auto stack = [](const char* function) {
    return std::string("              kernel`__rw_wlock_hard+0x1ac\n              kernel`") + function +
           "+0x60\n              kernel`sosend_dgram+0x1\n\n";
  };
  const std::string line = "W\trw-block\t0\tfff0\t6\tpcbinfohash\t2\t9000\t4000\t5000\n";
  ASSERT_TRUE(import(import_dtrace, kHead + line + stack("udp_send") + line + stack("tcp_usr_send") +
                                        "S\t4\t18000\nT\t1000000000\nZ\n"));
  const LabelledRun run = loaded();
  EXPECT_EQ(waits(run, "udp.pcbhash", CallPath::kSend), 2U);
  EXPECT_EQ(waits(run, "tcp.pcbhash", CallPath::kSend), 2U);
}

TEST_F(ImportFreebsd, SampledWaitsAreEvents) {
  const std::string text = kHead + wait_line("64\t640000\t9000\t11000") + kStack +
                           "E\t500000000\t10000\t2\t811\t100100\tadaptive-block\t0\tfff0\t64\ttcp\tnet server\n" +
                           kStack + "S\t64\t640000\nT\t1000000000\nZ\n";
  ASSERT_TRUE(import(import_dtrace, text));
  const auto run = load_run(folder_.file("a.slk"), RowSource::kEvents);
  ASSERT_TRUE(run.has_value());
  ASSERT_EQ(run->waits.sums.size(), 1U);
  EXPECT_EQ(run->waits.sums[0].contentions, 64U);
  EXPECT_EQ(run->waits.sums[0].wait_ns, 640000U);
}

// Printed by DTrace itself, on Linux and with other probes (see the README there): connchurn opened 8068 connections.
TEST_F(ImportFreebsd, WhatDtraceReallyPrintsIsRead) {
  const auto imported = import(import_dtrace, text_of("dtrace-linux-stacks.txt"));
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 8068U);
  EXPECT_EQ(imported->lost, 0U);
  const LabelledRun run = loaded();
  EXPECT_THAT(run.run.facts.notes, ::testing::Not(::testing::Contains(HasSubstr("can't be read"))));
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kSetup), 8068U);
  EXPECT_GT(run.run.events, 50U);

  ASSERT_TRUE(import(import_dtrace, text_of("dtrace-linux-acquisitions.txt")));
  const LabelledRun acquired = loaded();
  const AcquisitionCounts counts(acquired.run, freebsd_rules());
  EXPECT_EQ(counts.of(*freebsd_rules().class_named("tcp.pcbinfo"), CallPath::kSend)->count, 18446U);
}

TEST_F(ImportFreebsd, LockstatHasNamesWithBlanksAndStacks) {
  const auto imported = import(import_lockstat, text_of("lockstat-p.txt"));
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 14U + 41 + 9);
  EXPECT_EQ(imported->skipped, 1U) << "hold times";
  const LabelledRun run = loaded();
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kSend), 14U);
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kInput), 9U);
  EXPECT_EQ(waits(run, "filedesc", CallPath::kOther), 41U);
}

TEST_F(ImportFreebsd, LockProfilingHasLinesOfSourceAndAcquisitions) {
  const auto imported = import(import_lock_prof, text_of("lock-prof-stats.txt"));
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 562770U + 541026 + 284203);
  const LabelledRun run = loaded();
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kInput), 562770U + 541026);
  const AcquisitionCounts counts(run.run, freebsd_rules());
  EXPECT_EQ(counts.of(*freebsd_rules().class_named("tcp.pcbinfo"))->count, 568650U + 642543 + 321270);
}

TEST(DtraceLine, BrokenRecordsAreMalformed) {
  for (const char* line : {"W\tadaptive-block\t0\tfff0\t6\ttcp\t1\t1\t2\t1", "W\tadaptive-block\t0\tfff0\t6\ttcp\t1",
                           "W\tno-probe\t0\tfff0\t6\ttcp\t1\t1\t1\t1", "T\t", "T\t-5", "S\t1", "E\t1\t2\t3",
                           "A\twrite\ttcp\tx", "W\tadaptive-block\t0\tfff0\t6\ttcp\t99999999999\t1\t1\t1"})
    EXPECT_TRUE(std::holds_alternative<DtraceMalformed>(parse_dtrace_line(line))) << line;
  EXPECT_TRUE(std::holds_alternative<DtraceOther>(parse_dtrace_line("dtrace: script 'x' matched 3 probes")));
}

}  // namespace
}  // namespace socklock::analyzer
