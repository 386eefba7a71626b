// SPDX-License-Identifier: GPL-2.0-or-later
// Small files that claim as much as the format lets them, read by every verb with 1 GB of address space: nothing
// crashes, and where a trace is refused or memory runs out, that is exit status 3 and a word.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analyzer/label/load_events.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/out_of_memory.h"
#include "proto/rows.h"
#include "tests/support/address_sanitizer.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::analyzer {
namespace {

namespace v1 = trace::v1;
using trace::BlockKind;
using trace::testing::block_of;

constexpr std::uint32_t kRows = 1U << 18;  // of a block; a quarter of what one may have
constexpr std::size_t kMegabyte = 1U << 20;
constexpr rlim_t kAddressSpace = 1'000'000 * 1024;  // ulimit -v 1000000

std::string times(const std::string& block, std::size_t count) {
  std::string blocks;
  for (std::size_t i = 0; i < count; ++i) blocks += block;
  return blocks;
}

std::string trace_of(const std::string& blocks, const std::string& label = "") {
  v1::Header header;
  header.set_run_id("hostile");
  header.set_label(label);
  header.set_interval_ns(1'000'000'000);
  header.set_wall_start_ns(1'790'000'000'000'000'000);
  header.mutable_host()->set_machine("x86_64");
  header.mutable_host()->set_name("host");
  return trace::testing::file_header() + block_of(BlockKind::kHeader, header.SerializeAsString()) + blocks;
}

v1::Interval a_second() {
  v1::Interval interval;
  interval.set_end_ns(1'000'000'000);
  return interval;
}

trace::SummaryRow one_wait(std::uint32_t lock) {
  trace::SummaryRow row;
  row.lock = lock;
  row.contentions = 1;
  row.wait_ns = row.wait_min_ns = row.wait_max_ns = 1000;
  row.cells = {{static_cast<std::uint16_t>(socklock_wait_bucket(1000)), 1}};
  return row;
}

std::string interval_of(const std::function<std::uint32_t(std::uint32_t)>& lock_of_row) {
  std::vector<trace::SummaryRow> rows;
  for (std::uint32_t i = 0; i < kRows; ++i) rows.push_back(one_wait(lock_of_row(i)));
  auto interval = a_second();
  *interval.mutable_summary() = trace::encode(rows);
  return block_of(BlockKind::kInterval, interval.SerializeAsString());
}

std::string equal_rows() {
  return trace_of(times(interval_of([](std::uint32_t) { return 1U; }), 60));
}

// Locks without a name, and rows of another one each.
std::string many_locks() {
  v1::Dictionary dictionary;
  for (std::uint32_t i = 0; i < kRows; ++i) dictionary.add_locks()->set_id(1 + i);
  return trace_of(block_of(BlockKind::kDictionary, dictionary.SerializeAsString()) +
                  interval_of([](std::uint32_t i) { return 1 + i; }));
}

std::string deep_stacks() {
  std::string blocks;
  for (std::uint32_t id = 1; id <= 60; ++id) {
    v1::Dictionary dictionary;
    auto* stack = dictionary.add_stacks();
    stack->set_id(id);
    stack->mutable_functions()->Resize(static_cast<int>(kRows), 1);
    stack->mutable_offsets_bytes()->Resize(static_cast<int>(kRows), 0);
    blocks += block_of(BlockKind::kDictionary, dictionary.SerializeAsString());
  }
  return trace_of(blocks);
}

trace::EventColumns events_of(bool are_different) {
  trace::EventColumns events;
  events.end_ns.assign(kRows, 1000);
  events.wait_ns.assign(kRows, 1000);
  events.lock.assign(kRows, 1);
  events.stack.assign(kRows, 0);
  events.thread.assign(kRows, 1);
  events.cpu.assign(kRows, 0);
  events.flags.assign(kRows, 0);
  events.context.assign(kRows, 0);
  events.weight.assign(kRows, 1);
  events.error.assign(kRows, 0);
  events.syscall.assign(kRows, 0);
  events.stack_weight.assign(kRows, 0);
  for (std::uint32_t i = 0; are_different && i < kRows; ++i) {
    events.syscall[i] = static_cast<std::uint16_t>(i);
    events.flags[i] = static_cast<std::uint8_t>(i >> 16U);
  }
  return events;
}

std::string many_events(bool are_different) {
  v1::Dictionary dictionary;
  dictionary.add_locks()->set_id(1);
  dictionary.add_threads()->set_id(1);
  const std::string events = block_of(BlockKind::kEvents, trace::encode(events_of(are_different)).SerializeAsString());
  return trace_of(block_of(BlockKind::kDictionary, dictionary.SerializeAsString()) + times(events, 40));
}

std::string level2_rows() {
  auto interval = a_second();
  *interval.mutable_calls() = trace::encode(std::vector<trace::CallRow>(kRows));
  *interval.mutable_holds() = trace::encode(std::vector<trace::HoldRow>(kRows));
  *interval.mutable_holders() = trace::encode(std::vector<trace::HolderRow>(kRows));
  *interval.mutable_cpu_samples() = trace::encode(std::vector<trace::CpuSampleRow>(kRows));
  return trace_of(times(block_of(BlockKind::kInterval, interval.SerializeAsString()), 60));
}

std::string many_counters() {
  auto interval = a_second();
  for (std::uint32_t i = 0; i < kRows / 4; ++i) {
    auto* counter = interval.add_host_counters();
    counter->set_name(std::to_string(i));
    auto* loss = interval.add_losses();
    loss->set_id(1000 + i);
    loss->set_value(1);
  }
  return trace_of(times(block_of(BlockKind::kInterval, interval.SerializeAsString()), 4));
}

std::string long_names() {
  v1::Dictionary dictionary;
  dictionary.add_functions()->set_symbol(std::string(60 * kMegabyte, 'f'));
  return trace_of(times(block_of(BlockKind::kDictionary, dictionary.SerializeAsString()), 20),
                  std::string(60 * kMegabyte, 'l'));
}

struct Hostile {
  const char* name;
  std::string (*make)();
};
const Hostile kHostile[] = {{"equal rows", equal_rows},
                            {"many locks", many_locks},
                            {"deep stacks", deep_stacks},
                            {"many equal events", [] { return many_events(false); }},
                            {"many different events", [] { return many_events(true); }},
                            {"level 2", level2_rows},
                            {"counters", many_counters},
                            {"long names", long_names}};

class HostileTraces : public ::testing::TestWithParam<Hostile> {
 protected:
  void SetUp() override {
#ifdef SOCKLOCK_ADDRESS_SANITIZER
    GTEST_SKIP() << "its shadow memory alone is larger than the address space allowed here";
#endif
    const std::string bytes = GetParam().make();
    ASSERT_LT(bytes.size(), kMegabyte) << "a small file";
    trace::testing::write_bytes(trace_, bytes);
  }

  // The exit status of `work` in a process of its own, 128 + n after signal n.
  static int limited(const std::function<int()>& work) {
    const pid_t child = fork();
    if (child == 0) {
      const rlimit limit{kAddressSpace, kAddressSpace};
      _exit(setrlimit(RLIMIT_AS, &limit) == 0 ? work() : 99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  void expect_order(const std::string& arguments) {
    const std::string error = folder_.file("error");
    const std::string command = std::string("exec ") + SOCKLOCK_PROGRAM + " " + arguments + " >/dev/null 2>" + error;
    const int status =
        limited([&] { return execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr)); });
    const std::string said = trace::testing::read_bytes(error);
    EXPECT_TRUE(status == 0 || status == 3 || status == 6) << arguments << ": " << status << " " << said;
    EXPECT_TRUE(status != 3 || !said.empty()) << arguments << ": exit status 3 without a word";
    if (said.find("out of memory") != std::string::npos) std::printf("out of memory: %s\n", arguments.c_str());
  }

  trace::testing::TemporaryFolder folder_;
  const std::string trace_ = folder_.file("hostile.slk");
};

TEST_P(HostileTraces, AreReadInOrderByEveryVerbAndTheViewersLoader) {
  for (const char* verb : {"info", "report", "report --from-events --by process", "report --by instance --json"})
    expect_order(std::string(verb) + " " + trace_);
  expect_order("compare " + trace_ + " -- " + trace_);
  for (const char* format : {"folded", "pprof", "speedscope", "perfetto", "csv", "openmetrics", "benchstat"})
    expect_order(std::string("export --to ") + format + " " + trace_);
  expect_order("query " + trace_ + " 'SELECT count(*), sum(wait_ns) FROM events'");
  expect_order("query " + trace_ + " 'SELECT lock_class, sum(wait_ns) FROM totals GROUP BY 1'");
  expect_order("report --format html --interactive " + trace_);
  expect_order("what-if " + trace_);
  expect_order("what-if --split tcp.ehash=8 " + trace_);
  expect_order("top --once --window 1s --by instance " + trace_);
  expect_order("top --once --window 1s --by process " + trace_);
  const int loaded =
      limited([this] { return within_memory([this] { return load_events(trace_, Taxonomy::built_in()); }) ? 0 : 3; });
  EXPECT_TRUE(loaded == 0 || loaded == 3) << loaded;
}

// In a folder of a service, as one of a host's traces: the shipper goes on behind it.
TEST_P(HostileTraces, AreReadInOrderByWhatLooksAtFleets) {
  trace::testing::write_bytes(folder_.file("newer.slk"), "no trace");
  std::filesystem::last_write_time(trace_, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  expect_order("ship --dry-run --dir " + folder_.file(""));
  expect_order("compare --at '1h ago' --window 10m --canary " + folder_.file("") + " --control " + folder_.file(""));
}

TEST_P(HostileTraces, AreRefusedByASmallBudget) {
  const std::string command =
      std::string(SOCKLOCK_PROGRAM) + " report --from-events --max-unpacked 1MiB " + trace_ + " >/dev/null 2>&1";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 3);
}

INSTANTIATE_TEST_SUITE_P(, HostileTraces, ::testing::ValuesIn(kHostile), [](const auto& of) {
  std::string name = of.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

}  // namespace
}  // namespace socklock::analyzer
