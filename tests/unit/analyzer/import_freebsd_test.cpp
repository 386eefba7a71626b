// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of FreeBSD and what may happen to them on the way. What real ones come to is held by freebsd.recordings;
// those read here were written by hand, or are of the lines that matter (tests/data/freebsd/README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "analyzer/compare/compare.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/breakdown.h"
#include "import/dtrace_line.h"
#include "import/importers.h"
#include "import/kernel_symbols.h"
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
  Result<ImportResult> import(const Importer& importer, const std::string& text, const std::string& name = "a.slk") {
    auto writer = trace::TraceWriter::create(folder_.file(name), true);
    if (!writer) return fail(writer.error());
    std::istringstream in(text);
    return importer.import(in, {"label", "input", 0}, *writer);
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

std::uint64_t wait_of(const LabelledRun& run) {
  std::uint64_t sum = 0;
  for (const auto& sums : run.run.waits.sums) sum += sums.wait_ns;
  return sum;
}

std::set<std::string> stacks_of(const LabelledRun& run) {
  std::set<std::string> stacks;
  for (const WaitKey& key : run.run.waits.keys) {
    std::string text;
    for (const FunctionId frame : run.run.dictionaries.at(key.stack).frames)
      text += (text.empty() ? "" : " ") + std::string(run.run.dictionaries.at(frame).symbol);
    stacks.insert(text);
  }
  return stacks;
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
  const auto imported = import(kDtrace, text_of("before-mutex.txt"));
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
  ASSERT_TRUE(import(kDtrace, text_of("before-mutex.txt")));
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
  ASSERT_TRUE(import(kDtrace, text_of("before-mutex.txt"), "before.slk"));
  ASSERT_TRUE(import(kDtrace, text_of("after-rwlock.txt"), "after.slk"));
  std::vector<LabelledRun> before, after;
  before.push_back(loaded("before.slk"));
  after.push_back(loaded("after.slk"));
  const auto comparison = compare(before, after, freebsd_rules(), {});
  ASSERT_TRUE(comparison.has_value()) << comparison.error().message();
  const std::string text = testing::compare_as("text", *comparison, freebsd_rules(), 0);
  EXPECT_THAT(text, HasSubstr("VERDICT no verdict: differs between these two runs"));
  EXPECT_THAT(text, ::testing::ContainsRegex("send +6.67 +0 +gone .* differs"));
  EXPECT_THAT(text, ::testing::ContainsRegex("receive +2.12 +0 +gone .* differs"));
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
  const auto imported = import(kDtrace, text);
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 3U);
  EXPECT_EQ(imported->lost, 2U);
  EXPECT_EQ(loaded().run.lost(), 2U);
}

// Sums are since the start: the second block has the lines that the first one lost.
TEST_F(ImportFreebsd, ALostLineIsMadeUpForByTheNextBlock) {
  const std::string text = kHead + std::string("W\tadaptive-bl") + kStack + "S\t3\t9000\nT\t1000000000\n" +
                           wait_line("5\t15000\t2000\t4000") + kStack + "S\t5\t15000\nT\t2000000000\nZ\n";
  const auto imported = import(kDtrace, text);
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 5U);
  EXPECT_EQ(imported->lost, 0U);
}

TEST_F(ImportFreebsd, WhatDtraceDroppedIsSaid) {
  ASSERT_TRUE(import(kDtrace, kHead + std::string("dtrace: 45 drops on CPU 0\ndtrace: 3 aggregation drops on CPU 1\n"
                                                  "dtrace: 9 dynamic variable drops\nT\t1000000000\nZ\n")));
  EXPECT_THAT(loaded().run.facts.notes, ::testing::Contains(HasSubstr("48 records that dtrace dropped")));
}

// dtrace writes what it has to say in between, and stacks go on after it.
TEST_F(ImportFreebsd, MessagesBetweenTheFramesOfAStackAreNoneOfThem) {
  const std::string text = kHead + wait_line("1\t9000\t9000\t9000") +
                           "              kernel`__mtx_lock_sleep+0xb0\ndtrace: 1 drops on CPU 0\n"
                           "              kernel`tcp_usr_connect+0x60\n\nS\t1\t9000\nT\t1000000000\nZ\n";
  ASSERT_TRUE(import(kDtrace, text));
  EXPECT_EQ(waits(loaded(), "tcp.pcbinfo", CallPath::kSetup), 1U);
}

// A spin that belongs to the block before it adds time and no contention.
TEST_F(ImportFreebsd, ASpinAndABlockOfOneAcquisitionAreOneContention) {
  const std::string text = kHead + wait_line("1\t9000\t9000\t9000") + kStack +
                           "W\tadaptive-spin\t0\tfff0\t3\ttcp\t0\t700\t700\t700\n" + kStack +
                           "S\t1\t9700\nT\t1000000000\nZ\n";
  ASSERT_TRUE(import(kDtrace, text));
  const LabelledRun run = loaded();
  ASSERT_EQ(run.run.waits.sums.size(), 1U);
  EXPECT_EQ(run.run.waits.sums[0].contentions, 1U);
  EXPECT_EQ(run.run.waits.sums[0].wait_ns, 9700U);
}

TEST_F(ImportFreebsd, ARecordingThatEndsEarlySaysSo) {
  const std::string whole = text_of("before-mutex.txt");
  for (const std::size_t bytes : {whole.size() - 3, whole.size() / 2, whole.size() / 3}) {
    const auto imported = import(kDtrace, whole.substr(0, bytes));
    ASSERT_TRUE(imported.has_value()) << bytes;
    const LabelledRun run = loaded();
    EXPECT_EQ(contentions_of(run), imported->contentions);
    EXPECT_THAT(run.run.facts.notes, ::testing::Contains(HasSubstr("the file ends before it")));
  }
}

// Single waits are printed when they happen, sums at the end of the second: what a text lacks of those is lost.
TEST_F(ImportFreebsd, ATextCutOffBeforeItsSumsCountsTheWaitsThatTheyLackAsLost) {
  const auto single = [](int at_ms) {
    return "E\t" + std::to_string(at_ms) + "000000\t9000\t0\t1\t2\tadaptive-block\t0\tfff0\t64\ttcp\tnginx\n" + kStack;
  };
  const std::string three = kHead + single(100) + single(200) + single(300);
  struct {
    std::string text;
    std::uint64_t contentions, events, lost;
  } cases[] = {
      {three, 0, 3, 3},
      {three + wait_line("1\t9000\t9000\t9000") + kStack, 1, 3, 2},
      {three + wait_line("5\t45000\t9000\t9000") + kStack, 5, 3, 0},
      {three + wait_line("1\t9000\t9000\t9000") + kStack + "S\t2\t18000\nT\t1000000000\n", 1, 3, 2},
      {three + wait_line("3\t27000\t9000\t9000") + kStack + "S\t3\t27000\nT\t1000000000\n" + single(1100), 3, 4, 1}};
  for (const auto& expected : cases) {
    const auto imported = import(kDtrace, expected.text);
    ASSERT_TRUE(imported.has_value()) << expected.text;
    EXPECT_EQ(imported->lost, expected.lost) << expected.text;
    const LabelledRun run = loaded();
    EXPECT_EQ(contentions_of(run), expected.contentions) << expected.text;
    EXPECT_EQ(run.run.events, expected.events) << expected.text;
    EXPECT_EQ(run.run.lost(), expected.lost) << expected.text;
  }
}

TEST_F(ImportFreebsd, OtherTextIsRefused) {
  for (const char* text : {"", "hello\n", "W\tadaptive-block\t0\tfff0\t6\ttcp\t1\t1\t1\t1\n"})
    EXPECT_FALSE(import(kDtrace, text).has_value()) << text;
  EXPECT_FALSE(import(kDtrace, "socklock-dtrace\t3\t15.0\tamd64\t4\n").has_value()) << "a newer version";
  EXPECT_FALSE(import(kLockstat, "hello\n").has_value());
  EXPECT_FALSE(import(kLockProf, "hello\n").has_value());
}

TEST_F(ImportFreebsd, OneHashNameIsOfTcpOrUdpByWhoTookIt) {
  const auto stack = [](const char* function) {
    return std::string("              kernel`__rw_wlock_hard+0x1ac\n              kernel`") + function +
           "+0x60\n              kernel`sosend_dgram+0x1\n\n";
  };
  const std::string line = "W\trw-block\t0\tfff0\t6\tpcbinfohash\t2\t9000\t4000\t5000\n";
  ASSERT_TRUE(import(
      kDtrace, kHead + line + stack("udp_send") + line + stack("tcp_usr_send") + "S\t4\t18000\nT\t1000000000\nZ\n"));
  const LabelledRun run = loaded();
  EXPECT_EQ(waits(run, "udp.pcbhash", CallPath::kSend), 2U);
  EXPECT_EQ(waits(run, "tcp.pcbhash", CallPath::kSend), 2U);
}

TEST_F(ImportFreebsd, SampledWaitsAreEvents) {
  const std::string text = kHead + wait_line("64\t640000\t9000\t11000") + kStack +
                           "E\t500000000\t10000\t2\t811\t100100\tadaptive-block\t0\tfff0\t64\ttcp\tnet server\n" +
                           kStack + "S\t64\t640000\nT\t1000000000\nZ\n";
  ASSERT_TRUE(import(kDtrace, text));
  const auto run = load_run(folder_.file("a.slk"), RowSource::kEvents);
  ASSERT_TRUE(run.has_value());
  ASSERT_EQ(run->waits.sums.size(), 1U);
  EXPECT_EQ(run->waits.sums[0].contentions, 64U);
  EXPECT_EQ(run->waits.sums[0].wait_ns, 640000U);
}

// Two lines of one lock and stack that differ in the probe, or in offsets, are two sums.
TEST_F(ImportFreebsd, WhatALineIsOfIsProbeReaderLockLengthAndTheStackAsPrinted) {
  const std::string other_offset =
      "              kernel`__mtx_lock_sleep+0xc4\n              kernel`tcp_usr_connect+0x60\n\n";
  const std::string spin = "W\tadaptive-spin\t0\tfff0\t6\ttcp\t2\t8000\t4000\t4000\n";
  const std::string block = wait_line("3\t9000\t2000\t4000") + kStack + wait_line("4\t16000\t4000\t4000") +
                            other_offset + spin + kStack + "S\t9\t33000\n";
  const auto imported = import(kDtrace, kHead + block + "T\t1000000000\n" + block + "T\t2000000000\nZ\n");
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 9U);
  EXPECT_EQ(imported->lost, 0U);
  const LabelledRun run = loaded();
  EXPECT_EQ(contentions_of(run), 9U);
  EXPECT_EQ(wait_of(run), 33000U);
}

// Since version 2 a block has what came in it.
TEST_F(ImportFreebsd, NewerScriptsPrintWhatCameInABlock) {
  std::string head = kHead;
  head.replace(head.find("\t1\t"), 3, "\t2\t");
  const std::string block = wait_line("3\t9000\t2000\t4000") + kStack;
  const auto imported = import(kDtrace, head + block + "S\t3\t9000\nT\t1000000000\n" + block +
                                            "A\tsendto\ttcp\t5\nS\t7\t18000\nT\t2000000000\nA\tsendto\ttcp\t5\n"
                                            "T\t3000000000\nZ\n");
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 6U);
  EXPECT_EQ(imported->lost, 1U);
  const LabelledRun run = loaded();
  EXPECT_EQ(wait_of(run), 18000U);
  ASSERT_EQ(run.run.calls.size(), 1U);
  EXPECT_EQ(run.run.calls[0].calls, 10U);
}

// The spin of a block that was printed a second before.
TEST_F(ImportFreebsd, ASpinFindsItsBlockAcrossASecond) {
  const std::string text = kHead + wait_line("1\t9000\t9000\t9000") + kStack + "S\t1\t9000\nT\t1000000000\n" +
                           wait_line("1\t9000\t9000\t9000") + kStack +
                           "W\tadaptive-spin\t0\tfff0\t3\ttcp\t0\t700\t700\t700\n" + kStack +
                           "S\t1\t9700\nT\t2000000000\nZ\n";
  const auto imported = import(kDtrace, text);
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 1U);
  EXPECT_EQ(wait_of(loaded()), 9700U);
}

// FreeBSD 9.3 counts loops of spins, and its rw-spin fires at every read.
TEST_F(ImportFreebsd, LoopsAreNoTime) {
  std::string head = kHead;
  head.replace(head.find("14.1"), 4, "9.3");
  const std::string rw = "W\trw-spin\t0\tfff0\t0\ttcp\t";
  const auto imported = import(
      kDtrace, head + wait_line("2\t9000\t4000\t5000") + kStack + "W\tadaptive-spin\t0\tfff0\t0\ttcp\t3\t12\t2\t6\n" +
                   kStack + rw + "50\t50\t1\t1\n" + kStack + rw + "7\t700\t90\t200\n              kernel`a+0x1\n\n" +
                   rw + "20\t61\t1\t30\n              kernel`b+0x1\n\nS\t82\t9823\nT\t1000000000\nZ\n");
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 2U + 3 + 7 + 2) << "of 41 loops beyond the first no more than 29 were of one read";
  EXPECT_EQ(imported->lost, 0U);
  const LabelledRun run = loaded();
  EXPECT_EQ(wait_of(run), 9000U);
  std::uint64_t untimed = 0;
  for (const auto& sums : run.run.waits.sums) untimed += sums.untimed;
  EXPECT_EQ(untimed, 12U);
  EXPECT_THAT(run.run.facts.notes, ::testing::Contains(HasSubstr("counts loops")));
}

TEST(LockstatMeaning, DependsOnTheRelease) {
  for (const char* release : {"9.0-RELEASE", "9.3-RELEASE-p53", "10.0-RELEASE", "10.2-STABLE", "FreeBSD 9.3-RELEASE"}) {
    EXPECT_FALSE(lockstat_meaning(release).spins_are_timed) << release;
    EXPECT_TRUE(lockstat_meaning(release).reads_always_spin) << release;
  }
  for (const char* release :
       {"10.3-RELEASE", "10.4-RELEASE-p1", "11.0-CURRENT", "14.0-STABLE", "15.0-RELEASE", "", "?"})
    EXPECT_TRUE(lockstat_meaning(release).spins_are_timed) << release;
  EXPECT_FALSE(lockstat_meaning("11.4-RELEASE").checks_thread_spin);
  EXPECT_TRUE(lockstat_meaning("12.0-RELEASE").checks_thread_spin);
}

TEST_F(ImportFreebsd, SymbolsNameAddressesAndGuessNothing) {
  std::istringstream text(
      "ffffffff80502400 t swi_net\nffffffff80502500 T ip_input\nffffffff80502600 D data\n"
      "0000000000000040 U elsewhere\nffffffff80600000 0000000000000010 T sized\n");
  const auto symbols = KernelSymbols::read(text, "kernel.nm");
  ASSERT_TRUE(symbols.has_value());
  EXPECT_EQ(symbols->name_of(0xffffffff80502428), "swi_net");
  EXPECT_EQ(symbols->name_of(0xffffffff805025ff), "ip_input");
  EXPECT_EQ(symbols->name_of(0xffffffff80600008), "sized");
  for (const std::uint64_t address : {0xffffffff805023ffULL, 0xffffffff80502700ULL, 0xffffffff80600010ULL, 1ULL})
    EXPECT_FALSE(symbols->name_of(address)) << address;
  std::istringstream none("hello\n");
  EXPECT_FALSE(KernelSymbols::read(none, "x").has_value());
}

TEST_F(ImportFreebsd, DroppedVariablesAreCountedAndSaid) {
  ASSERT_TRUE(import(kDtrace, kHead + std::string("M\tacquisitions\n"
                                                  "dtrace: 12 dynamic variable drops with non-empty dirty list\n"
                                                  "dtrace: 1 dynamic variable drop\nT\t1000000000\nZ\n")));
  EXPECT_THAT(loaded().run.facts.notes, ::testing::Contains(HasSubstr("dynamic variables 13 times")));
}

TEST_F(ImportFreebsd, LockstatHasCallersNamesWithBlanksAndDistributions) {
  std::string zeros;
  for (int i = 0; i < 50; ++i) zeros += " 0";
  const std::string text =
      "load: 3 pairs\n1 14 vm map (user) tcp_usr_send+0x2a 0.000000 126000 0 0 0 0 0 0 0 0 0 0 0 0 7 7" + zeros +
      " sosend_generic+0x3e2 0xffffffff80502428\n"
      "16 2 ufs vop_lock+0x1 0.000000 50\n32 1 tcp tcp_usr_send+0x2a 0.000000 50\n";
  const auto imported = import(kLockstat, text);
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->contentions, 16U);
  EXPECT_EQ(imported->skipped, 2U) << "the load's line, and a hold";
  const LabelledRun run = loaded();
  EXPECT_EQ(wait_of(run), 126050U);
  EXPECT_EQ(stacks_of(run), (std::set<std::string>{"tcp_usr_send sosend_generic [unnamed]", "vop_lock"}));
}

TEST_F(ImportFreebsd, LockProfilingHasNamesInParentheses) {
  const auto imported =
      import(kLockProf,
             "debug.lock.prof.stats: \n     max  wait_max       total  wait_total       count    avg wait_avg "
             "cnt_hold cnt_lock name\n"
             "    9921        20       17172          30           8   2146      0  0      2 "
             "/usr/src/sys/vm/vm_map.c:2945 (sx:vm map (user))\n"
             "     100       600     2000000     8000000      600000      3     13  0 590000 "
             "/usr/src/sys/netinet/tcp_input.c:1013 (rw:tcp)\n"
             "      10        60       20000       80000        6000      3     13  0   5900 "
             "/usr/src/sys/netinet/udp_usrreq.c:13 (rw:pcbinfohash)\n");
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->skipped, 0U);
  const LabelledRun run = loaded();
  EXPECT_EQ(waits(run, "tcp.pcbinfo", CallPath::kInput), 590000U);
  const AcquisitionCounts counts(run.run, freebsd_rules());
  EXPECT_EQ(counts.of(*freebsd_rules().class_named("tcp.pcbinfo"), CallPath::kInput)->count, 600000U);
  EXPECT_EQ(counts.of(*freebsd_rules().class_named("udp.pcbhash"))->count, 6000U);
  EXPECT_EQ(counts.of(*freebsd_rules().class_named("tcp.pcbhash"))->count, 0U);
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
