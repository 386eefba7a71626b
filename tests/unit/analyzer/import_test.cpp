// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"
#include "analyzer/measure/breakdown.h"
#include "import/importers.h"
#include "import/perf_script_line.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using namespace imports;  // what is tested

class Import : public ::testing::Test {
 protected:
  using Importer = Result<ImportResult> (*)(std::istream&, const ImportOptions&, trace::TraceWriter&);

  Result<ImportResult> import(Importer importer, const std::string& text, double seconds = 0) {
    auto writer = trace::TraceWriter::create(folder_.file("a.slk"), true);
    if (!writer) return fail(writer.error());
    std::istringstream in(text);
    return importer(in, {"before", "input", seconds}, *writer);
  }

  analyzer::Run loaded(RowSource source = RowSource::kSummaries) {
    auto run = load_run(folder_.file("a.slk"), source);
    EXPECT_TRUE(run.has_value());
    EXPECT_TRUE(run->damage.empty());
    EXPECT_TRUE(run->closed);
    return *std::move(run);
  }

  Folder folder_;
};

TEST(PerfScriptLine, ColumnsMayBeMissingOrMore) {
  struct Case {
    const char* line;
    const char* comm;
    std::uint32_t tid;
    std::optional<std::uint32_t> pid, cpu;
    bool coarse;
  };
  const Case cases[] = {
      {"  connchurn  702 [003]    12.000000500: lock:contention_begin: 0xffff8881 (flags=SPIN)",
       "connchurn",
       702,
       {},
       3,
       false},
      {"  connchurn  701/702 [003]    12.0000005: lock:contention_begin: 0xffff8881 (flags=SPIN)", "connchurn", 702,
       701, 3, true},
      {"Web Content 8  702 [003] 12.000000500: lock:contention_begin: ffff8881 (flags=SPIN)",
       "Web Content 8",
       702,
       {},
       3,
       false},
      {"702 12.000000500: lock:contention_begin: 0xffff8881 (flags=SPIN)", "", 702, {}, {}, false},
      {"a b 702 [003] d..2. 12.000000500: 1 lock:contention_begin: 0xffff8881 (flags=SPIN)", "a b", 702, {}, 3, false},
      {"lock:contention_end: 702 [003] 12.000000500: lock:contention_begin: lock_addr=0xffff8881 flags=0x1",
       "lock:contention_end:",
       702,
       {},
       3,
       false},
      {"swapper 0 [003] 12.000000500: contention_begin: 0xffff8881 (flags=SPIN)", "swapper", 0, {}, 3, false}};
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.line);
    ScriptEvent event;
    ASSERT_EQ(parse_script_event(expected.line, event), ScriptLine::kEvent);
    EXPECT_TRUE(event.is_begin);
    EXPECT_EQ(event.comm, expected.comm);
    EXPECT_EQ(event.tid, expected.tid);
    EXPECT_EQ(event.pid, expected.pid);
    EXPECT_EQ(event.cpu, expected.cpu);
    EXPECT_EQ(event.coarse, expected.coarse);
    EXPECT_EQ(event.time_ns, 12'000'000'500U);
    EXPECT_EQ(event.lock, 0xffff8881U);
    EXPECT_EQ(event.flags, 1);
  }
}

TEST(PerfScriptLine, WhatIsBrokenIsSaid) {
  ScriptEvent event;
  for (const char* line :
       {"a 1 [000] lock:contention_begin: 0x1 (flags=SPIN)", "a 1 [000] 1.5: lock:contention_begin: ? (flags=SPIN)",
        "a 1 [000] 1.5: lock:contention_begin: 0x1 (flags=WHAT)", "a 1 [000] 1.5: lock:contention_end: 0x1"})
    EXPECT_EQ(parse_script_event(line, event), ScriptLine::kMalformed) << line;
  for (const char* line : {"a 1 [000] 1.5: sched:sched_switch: prev", "", "contention_", "a 1 [000] 1.5: cycles:"})
    EXPECT_EQ(parse_script_event(line, event), ScriptLine::kOther) << line;
}

TEST(PerfScriptLine, Frames) {
  const auto frame = [](const char* line) { return parse_script_frame(line).value_or(ImportedFunction{"-", "-"}); };
  EXPECT_EQ(frame("\tffffffff81012345 tcp_v4_rcv+0x12 ([kernel.kallsyms])"), (ImportedFunction{"tcp_v4_rcv", ""}));
  EXPECT_EQ(frame("\tffffffffc0012345 nf_hook+0x12 ([nf_conntrack])"), (ImportedFunction{"nf_hook", "nf_conntrack"}));
  EXPECT_EQ(frame("\tffffffff81012345 foo.isra.0+0x12 (/usr/lib/debug/boot/vmlinux)"),
            (ImportedFunction{"foo.isra.0", ""}));
  EXPECT_EQ(frame("        ffffffff81012345 [unknown] ([kernel.kallsyms])"), (ImportedFunction{"[unnamed]", ""}));
  // User space, and what perf prints where a stack has no address.
  EXPECT_EQ(frame("\t    7f3212345678 main+0x1 (/bin/a b)").symbol, "-");
  EXPECT_EQ(frame("\t               0 [unknown] ([unknown])").symbol, "-");
}

constexpr const char* kScript =
    "# hostname : web1\n# os release : 6.12.0\n# nrcpus online : 8\n"
    // A spinning task, an interrupt's wait on top of it, both on one CPU.
    "web 1/11 [001] 1.000000000: lock:contention_begin: 0xffff01 (flags=SPIN)\n"
    "\tffffffff81000001 native_queued_spin_lock_slowpath+0x1 ([kernel.kallsyms])\n"
    "\tffffffff81000002 inet_csk_accept+0x2 ([kernel.kallsyms])\n\n"
    "web 1/11 [001] 1.000000100: lock:contention_begin: 0xffff02 (flags=SPIN)\n"
    "\tffffffff81000003 tcp_v4_rcv+0x1 ([kernel.kallsyms])\n"
    "\tffffffff81000004 handle_softirqs+0x1 ([kernel.kallsyms])\n\n"
    "web 1/11 [001] 1.000000300: lock:contention_end: 0xffff02 (ret=0)\n"
    "web 1/11 [001] 1.000001000: lock:contention_end: 0xffff01 (ret=0)\n"
    // A mutex says begin twice, sleeps and wakes on another CPU; then gives up.
    "db 2/22 [000] 1.5: lock:contention_begin: 0xffff03 (flags=MUTEX|SPIN)\n"
    "db 2/22 [000] 1.6: lock:contention_begin: 0xffff03 (flags=MUTEX)\n"
    "db 2/22 [002] 2.5: lock:contention_end: 0xffff03 (ret=-4)\n"
    // An end without begin, a begin without end.
    "db 2/22 [002] 2.6: lock:contention_end: 0xffff04 (ret=0)\n"
    "db 2/22 [002] 2.7: lock:contention_begin: 0xffff05 (flags=READ)\n"
    "db 2/22 [002] 2.8: lock:contention_begin: 0xffff06 (flags=READ)\n"
    "db 2/22 [002] 2.8: sched:sched_switch: whatever\n"
    "perf 0 [000] 2.9: PERF_RECORD_LOST lost 7\n";

TEST_F(Import, PairsAsTheRecorderDoes) {
  const auto result = import(import_perf_script, kScript);
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->contentions, 3U);
  EXPECT_EQ(result->skipped, 1U);
  const analyzer::Run run = loaded(RowSource::kEvents);
  EXPECT_EQ(run.facts.origin, "perf-script");
  EXPECT_EQ(run.facts.host.name, "web1");
  EXPECT_EQ(run.facts.host.cpus_online, 8U);
  EXPECT_EQ(run.facts.label, "before");
  EXPECT_EQ(run.duration_ns(), 1'800'000'000U);
  EXPECT_EQ(run.pairing.begins, 6U);
  EXPECT_EQ(run.pairing.matched, 3U);
  EXPECT_EQ(run.pairing.doubled_begins, 1U);
  EXPECT_EQ(run.pairing.open, 1);
  EXPECT_EQ(run.lost(), 8U) << "one end was not seen, seven events were lost by perf";
  std::map<std::uint64_t, WaitKey> by_wait;
  for (std::size_t row = 0; row < run.waits.size(); ++row) by_wait[run.waits.sums[row].wait_ns] = run.waits.keys[row];
  ASSERT_EQ(by_wait.size(), 3U);
  EXPECT_EQ(by_wait.at(200).on, KernelStack::kInterrupt);
  EXPECT_EQ(by_wait.at(1000).on, KernelStack::kTask);
  EXPECT_EQ(by_wait.at(1'000'000'000).flags, 33);
  EXPECT_EQ(run.dictionaries.at(by_wait.at(200).thread).comm, "web");
  EXPECT_EQ(run.dictionaries.at(by_wait.at(200).thread).tid, 11U);
}

// perf script somewhere else than where it was recorded: frames without a name make locks without a class.
TEST_F(Import, AKernelThatPerfDidNotKnowIsSaid) {
  const auto says_so = [&] {
    const auto& notes = loaded().facts.notes;
    return std::any_of(notes.begin(), notes.end(),
                       [](const std::string& note) { return note.find("--kallsyms") != std::string::npos; });
  };
  ASSERT_TRUE(import(import_perf_script, kScript).has_value());
  EXPECT_FALSE(says_so());
  std::string unnamed = kScript;
  for (std::size_t at = 0; (at = unnamed.find("\tffffffff8100000", at)) != std::string::npos; ++at) {
    const std::size_t name = unnamed.find(' ', at) + 1;
    unnamed.replace(name, unnamed.find('\n', name) - name, "[unknown] ([kernel.kallsyms])");
  }
  ASSERT_TRUE(import(import_perf_script, unnamed).has_value());
  EXPECT_TRUE(says_so());
}

TEST_F(Import, SummariesAndEventsAgree) {
  ASSERT_TRUE(import(import_perf_script, kScript).has_value());
  WaitSums summaries, events;
  for (const WaitSums& sums : loaded(RowSource::kSummaries).waits.sums) summaries.add(sums);
  for (const WaitSums& sums : loaded(RowSource::kEvents).waits.sums) events.add(sums);
  EXPECT_EQ(summaries.contentions, events.contentions);
  EXPECT_EQ(summaries.wait_ns, events.wait_ns);
  EXPECT_EQ(summaries.gave_up, 1U);
  EXPECT_EQ(events.gave_up, 1U);
  EXPECT_EQ(loaded().intervals.size(), 4U);
}

TEST_F(Import, WithoutColumnsOfCpuItPairsByThread) {
  ASSERT_TRUE(
      import(
          import_perf_script,
          "a 1 1.0: lock:contention_begin: 0xff01 (flags=SPIN)\nb 2 1.1: lock:contention_begin: 0xff01 (flags=SPIN)\n"
          "a 1 1.2: lock:contention_end: 0xff01 (ret=0)\nb 2 1.3: lock:contention_end: 0xff01 (ret=0)\n")
          .has_value());
  EXPECT_EQ(loaded().pairing.matched, 2U);
}

TEST_F(Import, NothingOfUseIsAnError) {
  for (const char* text : {"", "hello\n", "a 1 [000] 1.5: cycles: 12\n"}) {
    const auto result = import(import_perf_script, text);
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().hint.find("perf script"), std::string::npos);
  }
  EXPECT_FALSE(import(import_perf_lock_csv, "# output: contended, total wait\n").has_value());
  EXPECT_FALSE(import(import_lock_stat, "hello\n").has_value());
}

TEST_F(Import, SumsOfPerfLockContention) {
  const auto result = import(import_perf_lock_csv,
                             "# output: contended, total wait, max wait, avg wait, type, caller\n"
                             "19, 194232, 21415, 10222, spinlock, __inet_hash_connect+0x1f0\n"
                             "2, 3000, 2000, 1500, rwsem:R, do_user_addr_fault+0x40e\n"
                             "nonsense\n# debug: total=22, bad=1, bad_task=0\n",
                             10);
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->contentions, 21U);
  EXPECT_EQ(result->skipped, 1U);
  const analyzer::Run run = loaded();
  EXPECT_EQ(run.duration_ns(), 10'000'000'000U);
  EXPECT_EQ(run.lost(), 1U);
  EXPECT_FALSE(knows_distribution(run.facts));
  ASSERT_EQ(run.waits.size(), 2U);
  EXPECT_EQ(run.waits.sums[0].contentions, 19U);
  EXPECT_EQ(run.waits.sums[0].wait_ns, 194'232U);
  EXPECT_EQ(run.waits.sums[0].wait_max_ns, 21'415U);
  EXPECT_TRUE(run.waits.cells_of(0).empty()) << "no distribution is made up";
  const Dictionaries& dictionaries = run.dictionaries;
  EXPECT_EQ(dictionaries.at(dictionaries.at(run.waits.keys[0].stack).frames[0]).symbol, "__inet_hash_connect");
  EXPECT_EQ(run.waits.keys[1].flags, 2);
}

TEST_F(Import, SumsOfPerfLockContentionByLockAndWithStacks) {
  ASSERT_TRUE(import(import_perf_lock_csv,
                     "# output: contended; total wait; max wait; avg wait; address; symbol; type\n"
                     "3; 900; 400; 300; ffff8881; rtnl_mutex; mutex\n")
                  .has_value());
  EXPECT_EQ(loaded().dictionaries.locks.at(1).symbol, "rtnl_mutex");
  ASSERT_TRUE(import(import_perf_lock_csv,
                     "# output: contended, total wait, max wait, avg wait, type, caller\n"
                     "3, 900, 400, 300, mutex, a+0x1, 0xffffffff81000001 a+0x1:0xffffffff81000002 b+0x2\n")
                  .has_value());
  EXPECT_EQ(loaded().dictionaries.stacks.at(1).frames.size(), 2U);
}

TEST_F(Import, LockStat) {
  const auto result =
      import(import_lock_stat,
             "lock_stat version 0.4\n-----\n   class name    con-bounces    contentions   waittime-min\n-----\n\n"
             "   slock-AF_INET:   5   10   0.50   20.00   100.00   10.00   7   9000   0.1   2.0   30.0   0.2\n"
             "   -------------\n"
             "   slock-AF_INET      6    [<ffffffff81000001>] tcp_v4_rcv+0x12/0x90\n"
             "   slock-AF_INET      4    [<ffffffff81000002>] lock_sock_nested+0x12/0x90\n"
             "   -------------\n"
             "   slock-AF_INET      10   [<ffffffff81000003>] release_sock+0x12/0x90\n\n.......\n\n"
             "   &mm->mmap_lock-W:   1   2   1.00   3.00   4.00   2.00   7   9000   0.1   2.0   30.0   0.2\n"
             "   &mm->mmap_lock-R:   1   1   1.00   1.00   1.00   1.00   7   9000   0.1   2.0   30.0   0.2\n",
             5);
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->contentions, 13U);
  const analyzer::Run run = loaded();
  WaitSums all;
  for (const WaitSums& sums : run.waits.sums) all.add(sums);
  EXPECT_EQ(all.wait_ns, 105'000U);
  std::map<std::string, std::uint64_t> by_function;
  for (std::size_t row = 0; row < run.waits.size(); ++row) {
    const auto& frames = run.dictionaries.at(run.waits.keys[row].stack).frames;
    by_function[frames.empty() ? "" : run.dictionaries.at(frames[0]).symbol] += run.waits.sums[row].contentions;
  }
  EXPECT_EQ(by_function.at("tcp_v4_rcv"), 6U);
  EXPECT_EQ(by_function.at("lock_sock_nested"), 4U);
  EXPECT_FALSE(by_function.contains("release_sock")) << "who holds is not who waits";
  EXPECT_EQ(run.dictionaries.locks.at(2).symbol, "&mm->mmap_lock");
}

}  // namespace
}  // namespace socklock::analyzer
