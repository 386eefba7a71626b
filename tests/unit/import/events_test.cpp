// SPDX-License-Identifier: GPL-2.0-or-later
// perf script, ftrace, trace-cmd: their columns, frames, lengths.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/perf_script_line.h"
#include "tests/unit/import/imported.h"

namespace socklock::imports {
namespace {

using analyzer::CallPath;
using analyzer::Role;
using ::testing::HasSubstr;
using testing::Imported;
using testing::Sums;

constexpr std::uint64_t kSecond = 1'000'000'000;

// One wait of 10 µs behind so many seconds of nothing.
std::string wait_at(const std::string& seconds, const std::string& before = "web 7/7 [000] ") {
  return before + seconds + ".000000000: lock:contention_begin: 0xffff01 (flags=SPIN)\n" + before + seconds +
         ".000010000: lock:contention_end: 0xffff01 (ret=0)\n";
}

TEST(Events, ProcessorsOfEveryKindHaveTheSameWaits) {
  for (const char* name : {"01n-arm32.txt", "01n-arm64.txt", "01n-s390x.txt"}) {
    SCOPED_TRACE(name);
    const Imported imported = Imported::file(name);
    ASSERT_TRUE(imported.ok()) << imported.error().message();
    EXPECT_EQ(imported.all(), (Sums{2, 30'000}));
    EXPECT_EQ(imported.of_class("sock.lock"), (Sums{2, 30'000}));
    EXPECT_EQ(imported.of_function("lock_sock_nested"), (Sums{2, 30'000}));
    EXPECT_EQ(imported.of_path(CallPath::kSend), (Sums{2, 30'000}));
    EXPECT_FALSE(imported.has_note("none were recorded"));
  }
}

TEST(Events, InlinedFunctionsAreNoFrames) {
  const Imported inlined = Imported::file("07-inlined-kernel.txt"), plain = Imported::file("07-noinlined-kernel.txt");
  ASSERT_TRUE(inlined.ok() && plain.ok());
  for (const Imported* imported : {&inlined, &plain}) {
    EXPECT_EQ(imported->all(), (Sums{2, 30'000}));
    EXPECT_EQ(imported->of_class("sock.lock"), (Sums{2, 30'000}));
    EXPECT_EQ(imported->of_role(Role::kSocket), (Sums{2, 30'000}));
    EXPECT_EQ(imported->of_path(CallPath::kSend), (Sums{2, 30'000}));
    EXPECT_EQ(imported->of_function("lock_sock_nested"), (Sums{2, 30'000}));
  }
  EXPECT_EQ(inlined.names(), plain.names());
}

TEST(Events, OffsetsInObjectsAreNoNames) {
  const Imported imported = Imported::file("08-dsoff.txt");
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(imported.of_function("lock_sock_nested"), (Sums{2, 30'000}));
  for (const std::string& name : imported.names()) EXPECT_EQ(name.find("ffffffff"), std::string::npos) << name;
}

TEST(Events, AddressesAreNoNamesWhereverTheyStand) {
  const auto frame = [](const char* line) { return parse_script_frame(line).value_or(ImportedFunction{"-", "-"}); };
  const ImportedFunction tcp{"tcp_v4_rcv", ""}, nf{"nf_hook", "nf_conntrack"};
  EXPECT_EQ(frame("\tffffffff81012345 tcp_v4_rcv+0x12 ([kernel.kallsyms]+0xffffffff81000000)"), tcp);
  EXPECT_EQ(frame("\tffffffff81012345 tcp_v4_rcv ([kernel.kallsyms].init.text)"), tcp);
  EXPECT_EQ(frame("\tc0012345 tcp_v4_rcv+0x12"), tcp) << "no object, but an address of arm's kernel";
  EXPECT_EQ(frame("\t3ffe0012345 tcp_v4_rcv+0x12 (/usr/lib/debug/boot/vmlinux-6.12)"), tcp);
  EXPECT_EQ(frame("\tffffffffc0012345 nf_hook+0x12 ([nf_conntrack]+0x2345)"), nf);
  EXPECT_EQ(frame("\tffffffffc0012345 nf_hook+0x12 (/lib/modules/6.12/kernel/net/nf-conntrack.ko.xz)"), nf);
  EXPECT_EQ(frame("\tffffffff81012345"), (ImportedFunction{"[unnamed]", ""})) << "-F without sym";
  EXPECT_EQ(frame(" => tcp_v4_rcv+0x12/0x80"), tcp);
  EXPECT_EQ(frame("=> tcp_v4_rcv (ffffffff81012345)"), tcp);
  EXPECT_EQ(frame(" => nf_hook+0x12/0x80 [nf_conntrack]"), nf);
  // User space, by its object on s390x and by its address elsewhere; functions that were inlined.
  for (const char* none : {"\t3ffe0012345 main+0x1 (/bin/a b)", "\t7ffe0012345 __vdso_gettime+0x1 ([vdso])",
                           "\t7f3212345678 main+0x1", "\tffffffff81012345 spin_lock+0x3 (inlined)"})
    EXPECT_EQ(frame(none).symbol, "-") << none;
}

TEST(Events, ANameWithAnAddressInItIsNone) {
  const Imported imported(
      "web 7/7 [000] 1.0: lock:contention_begin: 0xffff01 (flags=SPIN)\n"
      "\tffffffff81012345 0xffffffff81012345 ([kernel.kallsyms])\n"
      "\tffffffff81012345 sub_ffffffff81abcdef+0x1 ([m_0xffffc012])\n"
      "\tffffffff81012345 tcp_v4_rcv+0x1 ([kernel.kallsyms])\n\n"
      "web 7/7 [000] 1.1: lock:contention_end: 0xffff01 (ret=0)\n");
  ASSERT_TRUE(imported.ok());
  EXPECT_THAT(imported.names(), ::testing::UnorderedElementsAre("", "[unnamed]", "tcp_v4_rcv"));
}

TEST(Events, WithoutTheThreadsColumnNothingIsGuessed) {
  const Imported imported = Imported::file("09-notid-slashcomm.txt");
  ASSERT_FALSE(imported.ok());
  EXPECT_EQ(imported.error().exit_code, ExitCode::kBadInput);
  EXPECT_THAT(imported.error().message(), HasSubstr("column of the thread"));
  EXPECT_THAT(imported.error().hint, HasSubstr("-F"));
  EXPECT_THAT(imported.error().hint, HasSubstr("tid"));
  // Commands that look like threads, with the column and without it.
  const Imported slash(wait_at("1", "ksoftirqd/0 16 [001] "));
  ASSERT_TRUE(slash.ok());
  EXPECT_EQ(slash.all(), (Sums{1, 10'000}));
  EXPECT_EQ(slash.run().dictionaries.threads.back().tid, 16U);
  EXPECT_EQ(slash.run().dictionaries.threads.back().comm, "ksoftirqd/0");
  EXPECT_FALSE(Imported(wait_at("1", "worker-7 [001] ")).ok());
}

TEST(Events, WithoutTheTimesColumnTheReasonIsSaid) {
  const Imported imported("web 7 [000] lock:contention_begin: 0xffff01 (flags=SPIN)\n");
  ASSERT_FALSE(imported.ok());
  EXPECT_THAT(imported.error().message(), HasSubstr("column of the time"));
  EXPECT_THAT(imported.error().message(), ::testing::Not(HasSubstr("no lock:contention_begin")));
}

TEST(Events, FieldsOtherThanTheUsual) {
  for (const char* line : {"web 7/7 [000] 1.0: 1 lock:contention_begin: 0xffff01 (flags=SPIN)",
                           "web 7/7 [000] K 1.0: lock:contention_begin: 0xffff01 (flags=SPIN)",
                           "7 1.0: lock:contention_begin: 0xffff01 (flags=SPIN)",
                           "my web 7/7 [000] d..2. 1.0: lock:contention_begin: 0xffff01 (flags=SPIN)"}) {
    ScriptEvent event;
    ASSERT_EQ(parse_script_event(line, event), ScriptLine::kEvent) << line;
    EXPECT_EQ(event.tid, 7U) << line;
    EXPECT_EQ(event.time_ns, kSecond) << line;
  }
  // One line for all, where no stack was recorded.
  ScriptEvent event;
  ASSERT_EQ(parse_script_event("web 7 [000] 1.0: lock:contention_begin: 0xffff01 (flags=SPIN) ffffffff81012345 "
                               "tcp_v4_rcv+0x12 ([kernel.kallsyms])",
                               event),
            ScriptLine::kEvent);
  ASSERT_TRUE(event.frame.has_value());
  EXPECT_EQ(event.frame->symbol, "tcp_v4_rcv");
}

TEST(Events, CarriageReturnsAreNoPartOfALine) {
  std::string text = wait_at("1");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
  const Imported imported(text);
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.all(), (Sums{1, 10'000}));
}

TEST(Events, DifferencesOfTimesAreNoTimes) {
  const Imported imported(
      "web 7/7 [000] 0.000000000: lock:contention_begin: 0xffff01 (flags=SPIN)\n"
      "web 7/7 [000] 0.000010000: lock:contention_end: 0xffff01 (ret=0)\n"
      "web 7/7 [000] 0.000004000: lock:contention_begin: 0xffff01 (flags=SPIN)\n");
  ASSERT_FALSE(imported.ok());
  EXPECT_THAT(imported.error().message(), HasSubstr("--deltatime"));
}

// What is out of order is lost, and its begin is accounted for once: a trace that says otherwise is damaged.
TEST(Events, EventsOutOfOrderAreLost) {
  const Imported imported(
      "web 7/7 [000] 9.0: lock:contention_begin: 0xffff01 (flags=SPIN)\n"
      "web 7/7 [000] 1.0: lock:contention_end: 0xffff01 (ret=0)\n"
      "db 8/8 [001] 9.5: lock:contention_begin: 0xffff02 (flags=SPIN)\n"
      "db 8/8 [001] 9.4: lock:contention_end: 0xffff02 (ret=0)\n");
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(imported.all(), (Sums{0, 0}));
  EXPECT_EQ(imported.result().lost, 2U);
  EXPECT_EQ(imported.run().lost(), 2U);
}

TEST(Events, PhasesOfAMutexAreOneWait) {
  const Imported imported = Imported::file("14-mutex-phases.txt");
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(imported.all(), (Sums{1, 400}));
  EXPECT_EQ(imported.of_flags(33), (Sums{1, 400}));
}

TEST(Events, FtraceAndTraceCmd) {
  const Imported ftrace = Imported::file("06-ftrace-trace.txt"), command = Imported::file("06n-trace-cmd.txt");
  ASSERT_TRUE(ftrace.ok()) << ftrace.error().message();
  ASSERT_TRUE(command.ok()) << command.error().message();
  EXPECT_EQ(ftrace.format(), "ftrace");
  EXPECT_EQ(command.format(), "ftrace");
  EXPECT_EQ(ftrace.all(), (Sums{2, 204'000}));
  EXPECT_EQ(command.all().contentions, 2U);
  std::map<std::string, std::uint32_t> tids;
  for (const Imported* imported : {&ftrace, &command})
    for (const auto& thread : imported->run().dictionaries.threads) tids[thread.comm] = thread.tid;
  EXPECT_EQ(tids["kworker/0:1"], 23U);
  EXPECT_EQ(tids["nginx"], 7001U);
  EXPECT_EQ(tids["my app"], 7001U);
  EXPECT_EQ(tids["<idle>"], 0U);
}

TEST(Events, FtracesStacksAreThoseOfTheirTask) {
  const Imported imported(
      "# tracer: nop\n"
      "  web-7 [000] ..... 1.000000: contention_begin: 0000000012345678 (flags=SPIN)\n"
      "  web-7 [000] ..... 1.000001: <stack trace>\n"
      " => trace_event_raw_event_contention_begin\n => __pv_queued_spin_lock_slowpath\n => tcp_v4_rcv\n => 0\n"
      "  db-9 ( 8) [001] ..... 1.000002: contention_begin: 0000000012345679 (flags=MUTEX)\n"
      "  web-7 [000] ..... 1.000003: <stack trace>\n => unix_find_other\n"
      "  db-9 ( 8) [001] ..... 1.000004: <stack trace>\n => rtnl_lock\n"
      "CPU:1 [LOST 12 EVENTS]\n"
      "  db-9 ( 8) [001] ..... 1.000012: contention_end: 0000000012345679 (ret=0)\n"
      "  web-7 [000] ..... 1.000020: contention_end: 0000000012345678 (ret=0)\n");
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  EXPECT_EQ(imported.all(), (Sums{2, 30'000}));
  EXPECT_EQ(imported.of_function("tcp_v4_rcv"), (Sums{1, 20'000}));
  EXPECT_EQ(imported.of_function("rtnl_lock"), (Sums{1, 10'000})) << "another CPU's lines come between";
  EXPECT_FALSE(imported.names().contains("unix_find_other")) << "a second stack of one event";
  EXPECT_EQ(imported.result().lost, 12U);
}

TEST(Events, TheLengthIsWhatWasStatedOrNotKnown) {
  const std::string text = wait_at("100") + wait_at("101");
  const Imported unknown(text);
  ASSERT_TRUE(unknown.ok());
  EXPECT_FALSE(unknown.run().facts.knows.duration);
  EXPECT_FALSE(unknown.result().knows_duration);
  EXPECT_TRUE(unknown.has_note("--duration"));
  const Imported stated(text, nullptr, 30);
  ASSERT_TRUE(stated.ok());
  EXPECT_TRUE(stated.run().facts.knows.duration);
  EXPECT_EQ(stated.run().duration_ns(), 30 * kSecond);
  EXPECT_FALSE(stated.has_note("--duration"));
  const Imported too_short(text, nullptr, 0.5);
  ASSERT_FALSE(too_short.ok());
  EXPECT_EQ(too_short.error().exit_code, ExitCode::kUsage);
}

TEST(Events, ARecordingWithoutAnyWaitIsAResult) {
  const std::string header =
      "# ========\n# hostname : web1\n# event : name = lock:contention_begin, , id = { 1 }\n# ========\n#\n";
  const Imported silent(header, nullptr, 30);
  ASSERT_TRUE(silent.ok()) << silent.error().message();
  EXPECT_EQ(silent.all(), (Sums{0, 0}));
  EXPECT_EQ(silent.run().duration_ns(), 30 * kSecond);
  EXPECT_EQ(silent.run().facts.host.name, "web1");
  EXPECT_TRUE(Imported("", &kPerfScript, 30).ok()) << "without --header there is nothing at all";
  EXPECT_FALSE(Imported("", &kPerfScript).ok()) << "unless the length is stated, perf script may have failed";
  EXPECT_FALSE(Imported("web 7/7 [000] 1.0: cycles: 12\n", &kPerfScript, 30).ok()) << "another recording";
}

TEST(Events, ALineOfMoreThanAMebibyteIsRefused) {
  const Imported imported(wait_at("1") + std::string(1024 * 1024 + 1, 'x') + "\n");
  ASSERT_FALSE(imported.ok());
  EXPECT_THAT(imported.error().message(), HasSubstr("1 MiB"));
  EXPECT_TRUE(Imported(wait_at("1") + std::string(1024 * 1024, 'x') + "\n").ok());
}

}  // namespace
}  // namespace socklock::imports
