// SPDX-License-Identifier: GPL-2.0-or-later
// Acquisitions, hold times and holders: what was measured is counted right, what was not is never 0.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analyzer/compare/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/acquisitions.h"
#include "analyzer/measure/holders.h"
#include "analyzer/measure/holds.h"
#include "base/wait_buckets.h"
#include "tests/unit/analyzer/shown.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::MadeInterval;
using analyzer::testing::TraceMaker;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint16_t kConnect = 42 + 1, kSend = 44 + 1, kReceive = 45 + 1, kRead = 0 + 1, kClose = 3 + 1;
constexpr std::uint8_t kTcp = 1, kListener = 2, kTask = 0, kInterrupt = 1, kOwnerWait = 64;

const Taxonomy& rules() { return Taxonomy::built_in(); }

ClassId class_of(const char* name) { return *rules().class_named(name); }

LabelledRun made(TraceMaker& maker, MadeInterval interval) {
  const Folder folder;
  maker.add(std::move(interval));
  maker.write(folder.file("made.slk"));
  auto run = load_run(folder.file("made.slk"));
  EXPECT_TRUE(run);
  EXPECT_TRUE(run->damage.empty());
  return label(*std::move(run), rules());
}

std::uint64_t count(const LabelledRun& run, const char* name, std::optional<CallPath> path = {}) {
  const AcquisitionCounts counts(run.run, rules());
  const auto acquisitions = path ? counts.of(class_of(name), *path) : counts.of(class_of(name));
  return acquisitions ? acquisitions->count : 9999;
}

TEST(Acquisitions, AreThoseOfTheFunctionsThatTakeTheLock) {
  TraceMaker maker;
  for (const char* name : {"lock_sock_nested", "release_sock", "inet_ehash_insert", "inet_unhash", "inet_put_port"})
    maker.probe(name);
  const auto run = made(maker, {.calls = {{maker.function("lock_sock_nested"), kTcp, kSend, kTask, 70},
                                          {maker.function("lock_sock_nested"), kTcp, kRead, kTask, 20},
                                          {maker.function("lock_sock_nested"), kListener, 289, kTask, 5},
                                          {maker.function("release_sock"), kTcp, kSend, kTask, 71},
                                          {maker.function("inet_ehash_insert"), 0, kConnect, kTask, 4},
                                          {maker.function("inet_ehash_insert"), 0, 0, kInterrupt, 8},
                                          {maker.function("inet_unhash"), kTcp, kClose, kTask, 3},
                                          {maker.function("inet_unhash"), kListener, kClose, kTask, 1},
                                          {maker.function("inet_put_port"), 0, 0, kInterrupt, 6}}});
  EXPECT_EQ(count(run, "tcp.sock.owner"), 90U);
  EXPECT_EQ(count(run, "tcp.sock"), 161U);
  EXPECT_EQ(count(run, "tcp.listen_sock.owner"), 5U);
  EXPECT_EQ(count(run, "tcp.ehash"), 15U);
  EXPECT_EQ(count(run, "tcp.lhash2"), 1U);
  EXPECT_EQ(count(run, "tcp.bhash"), 6U);
  EXPECT_EQ(count(run, "tcp.bhash2"), 6U);
  // read() of a socket receives, whatever read() of a file does.
  EXPECT_EQ(count(run, "tcp.sock.owner", CallPath::kReceive), 20U);
  EXPECT_EQ(count(run, "tcp.sock.owner", CallPath::kSend), 70U);
  EXPECT_EQ(count(run, "tcp.ehash", CallPath::kInput), 8U);
  EXPECT_EQ(count(run, "tcp.ehash", CallPath::kSend), 0U);
}

// Before Linux 6.15 connecting takes the lock of every port that it tries, and asks whether it may share it.
TEST(Acquisitions, OfTheBindTableCountThePortsThatConnectTriedInVain) {
  constexpr std::uint8_t kRefused = 5;
  TraceMaker maker;
  maker.probe("__inet_hash_connect");
  maker.probe("__inet_check_established");
  const auto run = made(maker, {.calls = {{maker.function("__inet_hash_connect"), 0, kConnect, kTask, 10},
                                          {maker.function("__inet_check_established"), kRefused, kConnect, kTask, 900},
                                          {maker.function("__inet_check_established"), 0, kConnect, kTask, 7}}});
  EXPECT_EQ(count(run, "tcp.bhash", CallPath::kSetup), 910U);
  EXPECT_EQ(count(run, "tcp.ehash", CallPath::kSetup), 907U);
}

TEST(Acquisitions, AreThoseOfTheLockItselfWhereItWasProbed) {
  constexpr std::uint8_t kBhashLock = 7;
  TraceMaker maker;
  maker.probe("inet_put_port");
  maker.probe("inet_csk_get_port", "fentry refused: Operation not permitted");
  maker.probe("_raw_spin_lock");
  const auto run = made(maker, {.calls = {{maker.function("inet_put_port"), 0, kClose, kTask, 6},
                                          {maker.function("_raw_spin_lock"), kBhashLock, kConnect, kTask, 40},
                                          {maker.function("_raw_spin_lock"), kBhashLock, 0, kInterrupt, 2}}});
  const AcquisitionCounts counts(run.run, rules());
  EXPECT_EQ(count(run, "tcp.bhash"), 42U);
  EXPECT_EQ(count(run, "tcp.bhash", CallPath::kSetup), 40U);
  EXPECT_FALSE(counts.of(class_of("tcp.bhash"))->at_least);
  EXPECT_EQ(counts.of(class_of("tcp.ehash"))->count, 0U);
}

TEST(Acquisitions, AreALowerBoundWhereAFunctionWasRefusedOrTakesSeveral) {
  TraceMaker maker;
  maker.probe("inet_ehash_insert");
  maker.probe("inet_unhash", "fentry refused: Operation not permitted");
  maker.probe("inet_csk_get_port");
  const auto run = made(maker, {.calls = {{maker.function("inet_ehash_insert"), 0, 0, kInterrupt, 8},
                                          {maker.function("inet_csk_get_port"), 0, 50, kTask, 2}}});
  const AcquisitionCounts counts(run.run, rules());
  EXPECT_TRUE(counts.of(class_of("tcp.ehash"))->at_least);
  EXPECT_TRUE(counts.of(class_of("tcp.bhash"))->at_least);
  EXPECT_FALSE(counts.of(class_of("tcp.accept_queue")).has_value());
}

MadeInterval owner_waits(TraceMaker& maker, std::uint64_t calls) {
  trace::v1::Lock owner;
  owner.set_kind(trace::v1::LOCK_FACT_OWNER);
  owner.set_cache("TCP");
  return {.waits = {{.lock = maker.lock(owner), .waits_ns = {1000, 2000}, .flags = kOwnerWait, .syscall = kSend}},
          .calls = {{maker.function("lock_sock_nested"), kTcp, kSend, kTask, calls}},
          .connections_active = 10};
}

TEST(Acquisitions, ContentionRatioIsContendedByAcquired) {
  TraceMaker maker;
  maker.probe("lock_sock_nested");
  const auto run = made(maker, owner_waits(maker, 100));
  const auto document = nlohmann::json::parse(testing::report_as("json", run, rules(), {}));
  bool found = false;
  for (const auto& row : document["by_class"]) {
    if (row["class"] != "tcp.sock.owner") continue;
    found = true;
    EXPECT_EQ(row["acquisitions"], 100);
    EXPECT_NEAR(row["contention_ratio"], 0.02, 1e-9);
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(testing::report_as("text", run, rules(), {}), HasSubstr("2%"));
}

// The waits of spinlocks are not seen there: 0 contended would be a lie.
TEST(Acquisitions, HaveNoContentionRatioForSpinlocksWithTestAndSet) {
  TraceMaker maker;
  maker.header.set_spinlock_mode(trace::v1::SPINLOCK_MODE_TEST_AND_SET);
  maker.probe("lock_sock_nested");
  const auto run = made(maker, owner_waits(maker, 100));
  EXPECT_FALSE(contention_ratio(run.run, rules(), class_of("tcp.sock"), 0, Acquisitions{100, false}));
  EXPECT_TRUE(contention_ratio(run.run, rules(), class_of("tcp.sock.owner"), 2, Acquisitions{100, false}));
}

TEST(Level2, SaysNotMeasuredAndWhyNeverZero) {
  TraceMaker maker;
  maker.probe("lock_sock_nested", "fentry refused: Operation not permitted");
  auto interval = owner_waits(maker, 1);
  interval.calls.clear();
  const auto run = made(maker, interval);
  const auto document = nlohmann::json::parse(testing::report_as("json", run, rules(), {}));
  EXPECT_FALSE(document["acquisitions"]["measured"]);
  EXPECT_FALSE(document["holds"]["measured"]);
  EXPECT_FALSE(document["holders"]["measured"]);
  for (const auto& row : document["by_class"]) EXPECT_TRUE(row["acquisitions"].is_null());
  const std::string text = testing::report_as("text", run, rules(), {});
  EXPECT_THAT(text, HasSubstr("acquisitions, contention ratio, hold times, holders: not measured (fentry"));
  const std::vector<LabelledRun> runs{run};
  const auto comparison = compare(runs, runs, rules(), {});
  ASSERT_TRUE(comparison);
  EXPECT_THAT(testing::compare_as("text", *comparison, rules(), 0), HasSubstr("not measured (fentry refused"));
  EXPECT_THAT(send_path_answer(*comparison), Not(HasSubstr("acquired")));
}

// Traces of before level 2 say of themselves what they are.
TEST(Level2, OldTracesSayTheirLevel) {
  TraceMaker maker;
  maker.header.mutable_recorder()->set_level(1);
  const auto run = made(maker, {.connections_active = 1});
  EXPECT_EQ(AcquisitionCounts(run.run, rules()).why_not(), "recorded at capability level 1");
}

TEST(Compare, ShowsAcquisitionsPerUnitOfWorkOfBothSides) {
  std::vector<LabelledRun> before, after;
  for (int i = 0; i < 4; ++i) {
    TraceMaker b, a;
    b.probe("lock_sock_nested");
    a.probe("lock_sock_nested");
    before.push_back(made(b, owner_waits(b, 400U + static_cast<unsigned>(i))));
    after.push_back(made(a, owner_waits(a, 100)));
  }
  const auto comparison = compare(before, after, rules(), {});
  ASSERT_TRUE(comparison);
  const auto document = nlohmann::json::parse(testing::compare_as("json", *comparison, rules()));
  bool found = false;
  for (const auto& row : document["acquisitions"]["by_class_path"]) {
    if (row["class"] != "tcp.sock.owner" || !row["path"].is_null()) continue;
    found = true;
    EXPECT_NEAR(row["before"]["per_unit"], 40.15, 1e-9);
    EXPECT_NEAR(row["after"]["per_unit"], 10, 1e-9);
    EXPECT_NEAR(row["after"]["contention_ratio"], 0.02, 1e-9);
    EXPECT_NEAR(row["ratio"], 10 / 40.15, 1e-9);
    EXPECT_LT(row["high"], 0.26);
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(send_path_answer(*comparison), HasSubstr("How often it acquired them was not measured"));
  EXPECT_THAT(testing::compare_as("text", *comparison, rules(), 0), HasSubstr("acquired per connection"));
}

TEST(Holds, HaveQuantilesAndTheBacklogApart) {
  TraceMaker maker;
  maker.probe("lock_sock_nested");
  trace::HoldRow row;
  row.function = maker.function("lock_sock_nested");
  row.kind = kTcp;
  row.syscall = kSend;
  row.samples = 10;
  row.weight = 160;
  row.hold_ns = 160 * 2000;
  row.backlog_ns = 160 * 500;
  row.backlogs = 32;
  row.max_ns = 9000;
  row.cells = {{static_cast<std::uint16_t>(socklock_wait_bucket(1000)), 9},
               {static_cast<std::uint16_t>(socklock_wait_bucket(9000)), 1}};
  const auto run = made(maker, {.holds = {row}});
  const auto stats = hold_stats(run.run, rules(), true);
  ASSERT_EQ(stats.size(), 1U);
  EXPECT_EQ(stats[0].lock_class, class_of("tcp.sock.owner"));
  EXPECT_EQ(stats[0].path, CallPath::kSend);
  EXPECT_EQ(stats[0].holds.sums.contentions, 160U);
  EXPECT_DOUBLE_EQ(stats[0].holds.mean_ns(), 2000);
  EXPECT_NEAR(stats[0].holds.quantile_ns(0.5), 1000, 70);
  EXPECT_NEAR(stats[0].holds.quantile_ns(0.99), 9000, 600);
  EXPECT_EQ(stats[0].backlog_ns, 80000U);
}

// Where the locks of tables were probed themselves, no span of a function says how long they were held.
TEST(Holds, OfATablesLockAreItsOwnWhereItIsProbed) {
  constexpr std::uint8_t kBhashLock = 7;
  const auto stats_of = [](bool probes_spinlocks) {
    TraceMaker maker;
    maker.probe("inet_put_port");
    if (probes_spinlocks) maker.probe("_raw_spin_lock");
    trace::HoldRow span, hold;
    span.function = maker.function("inet_put_port");
    span.syscall = hold.syscall = kClose;
    span.samples = span.weight = 4;
    span.hold_ns = 40'000;
    hold.function = maker.function("_raw_spin_lock");
    hold.kind = kBhashLock;
    hold.samples = hold.weight = 8;
    hold.hold_ns = 8'000;
    const auto first = maker.table_lock("bhash", 17), second = maker.table_lock("bhash", 18);
    MadeInterval interval{.holds = {span}};
    if (probes_spinlocks) {
      interval.holds.push_back(hold);
      interval.held_locks = {{first, kBhashLock, 6, 6, 7'000}, {second, kBhashLock, 2, 2, 1'000}};
    }
    const auto run = made(maker, std::move(interval));
    EXPECT_EQ(run.run.held_locks.size(), probes_spinlocks ? 2U : 0U);
    for (const HeldLock& held : run.run.held_locks) EXPECT_EQ(analyzer::class_of(held, rules()), class_of("tcp.bhash"));
    return hold_stats(run.run, rules(), false);
  };
  const auto by_function = stats_of(false), by_lock = stats_of(true);
  ASSERT_EQ(by_function.size(), 1U);
  EXPECT_DOUBLE_EQ(by_function[0].holds.mean_ns(), 10'000);
  ASSERT_EQ(by_lock.size(), 1U);
  EXPECT_EQ(by_lock[0].lock_class, class_of("tcp.bhash"));
  EXPECT_DOUBLE_EQ(by_lock[0].holds.mean_ns(), 1'000);
}

TEST(Holders, AreAMatrixOfWaiterAndHolderPaths) {
  TraceMaker maker;
  maker.probe("lock_sock_nested");
  const auto lock = maker.slab_lock("TCP", "sk_lock.wq.lock");
  const auto holder = maker.stack({"release_sock", "tcp_sendmsg", "sock_sendmsg", "__sys_sendto"});
  const auto run = made(
      maker,
      {.holders = {{.lock = lock,
                    .syscall = kReceive,
                    .holder_stack = holder,
                    .holder_syscall = kSend,
                    .holder = 1,
                    .waits = 6,
                    .wait_ns = 6100},
                   {.lock = lock, .syscall = kRead, .holder_syscall = kSend, .holder = 1, .waits = 2, .wait_ns = 1900},
                   {.lock = lock, .syscall = kSend, .waits = 1, .wait_ns = 2000}}});
  const auto matrix = holder_matrix(run);
  ASSERT_EQ(matrix.size(), 2U);
  EXPECT_EQ(matrix[0].waiter, CallPath::kReceive);
  EXPECT_EQ(matrix[0].holder, CallPath::kSend);
  EXPECT_EQ(matrix[0].wait_ns, 8000U);
  EXPECT_FALSE(matrix[1].holder.has_value());
  const auto details = holder_details(run);
  EXPECT_EQ(details[0].function, "tcp_sendmsg");
  EXPECT_THAT(testing::report_as("text", run, rules(), {}), HasSubstr("receive waits for send"));
}

// Of a bucket's holder only the function is known, where from, and whether in softirq.
TEST(Holders, OfTablesHaveAMatrixOfTheirOwn) {
  TraceMaker maker;
  maker.probe("lock_sock_nested");
  const auto socket = maker.slab_lock("TCP", "sk_lock.wq.lock");
  const auto lock = maker.table_lock("bhash", 17);
  const auto waiter = maker.stack({"__inet_hash_connect", "tcp_v4_connect", "__sys_connect"});
  const auto in_softirq = maker.stack({"__inet_inherit_port"});
  const auto in_connect = maker.stack({"__inet_hash_connect"});
  const auto run =
      made(maker,
           {.holders = {
                {.lock = socket, .syscall = kReceive, .holder_syscall = kSend, .holder = 1, .waits = 1, .wait_ns = 100},
                {.lock = lock,
                 .stack = waiter,
                 .syscall = kConnect,
                 .holder_stack = in_connect,
                 .holder_syscall = kConnect,
                 .holder = 1,
                 .waits = 6,
                 .wait_ns = 6000},
                {.lock = lock,
                 .stack = waiter,
                 .syscall = kConnect,
                 .holder_stack = in_softirq,
                 .holder = 2,
                 .waits = 3,
                 .wait_ns = 3000},
                {.lock = lock, .stack = waiter, .syscall = kConnect, .waits = 1, .wait_ns = 1000}}});
  const auto matrix = holder_matrix(run);
  ASSERT_EQ(matrix.size(), 4U);
  EXPECT_FALSE(matrix[0].of_table);
  EXPECT_EQ(total_wait_ns(matrix, false), 100U);
  EXPECT_EQ(total_wait_ns(matrix, true), 10000U);
  EXPECT_TRUE(matrix[1].of_table);
  EXPECT_EQ(matrix[1].holder, CallPath::kSetup);
  EXPECT_EQ(matrix[2].holder, CallPath::kInput);
  EXPECT_FALSE(matrix[3].holder.has_value());
  EXPECT_EQ(holder_details(run)[1].function, "__inet_hash_connect");
  const std::string text = testing::report_as("text", run, rules(), {});
  EXPECT_THAT(text, HasSubstr("waits for a bucket's lock"));
  EXPECT_THAT(text, HasSubstr("tcp.bhash: setup × setup, __inet_hash_connect"));
  const auto rows = nlohmann::json::parse(testing::report_as("json", run, rules(), {}))["holders"]["matrix"];
  EXPECT_EQ(rows[0]["lock"], "socket");
  EXPECT_EQ(rows[1]["lock"], "table");
  EXPECT_DOUBLE_EQ(rows[1]["share"].get<double>(), 0.6);
  const std::vector<LabelledRun> runs{run};
  const auto comparison = compare(runs, runs, rules(), {});
  ASSERT_TRUE(comparison);
  EXPECT_THAT(testing::compare_as("text", *comparison, rules(), 0), HasSubstr("setup waits for input"));
}

TEST(Instances, OfSocketsAreNamedByTheirPort) {
  TraceMaker maker;
  trace::v1::Lock lock;
  lock.set_kind(trace::v1::LOCK_FACT_OWNER);
  lock.set_cache("TCP");
  lock.set_local_port(443);
  lock.set_listens(true);
  const auto id = maker.lock(lock);
  const auto run = made(maker, {.waits = {{.lock = id, .waits_ns = {10}, .flags = kOwnerWait, .syscall = 289}}});
  EXPECT_THAT(testing::report_as("text", run, rules(), {.by = By::kInstance}),
              HasSubstr("tcp.listen_sock.owner{lport=443}"));
}

}  // namespace
}  // namespace socklock::analyzer
