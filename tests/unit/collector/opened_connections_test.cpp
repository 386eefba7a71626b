// SPDX-License-Identifier: GPL-2.0-or-later
// When the program that counts connections opened may rest, and what is told of them then.
#include "collector/record/opened_connections.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace socklock::collector {
namespace {

// A host whose clients make attempts, of which some are under way, refused or given up, with a recorder that looks as
// Recording does: every 50 ms, and at the end of each interval of half a second.
class OpenedConnectionsTest : public ::testing::Test {
 protected:
  struct Rates {  // a second
    std::int64_t opened = 0;
    std::int64_t refused = 0;
    std::int64_t given_up = 0;
  };

  void begin(bool may_rest = true) { connections_.begin(reading(), may_rest); }

  // `under_way`: attempts that wait for their answer meanwhile, every one of which gets it when the load ends.
  void run(double seconds, Rates rates, std::int64_t under_way = 0) {
    answer(-under_way);
    const double end_ms = now_ms_ + seconds * 1000;
    for (; now_ms_ < end_ms; now_ms_ += 10) {
      attempts_ += (rates.opened + rates.given_up) / 100;
      answer(rates.opened / 100);
      given_up_ += rates.given_up / 100;
      failed_ += rates.refused / 100;
      if (runs_) counted_ms_ += 10;
      if (static_cast<std::int64_t>(now_ms_) % 50 == 0) look();
    }
    answer(under_way);
    take();
  }

  // Nothing happens meanwhile.
  void wait_ms(double ms) {
    now_ms_ += ms;
    if (connections_.wants_reading(reading().at_ns, static_cast<std::uint64_t>(counted_))) take();
  }

  void take() {
    ++readings_;
    connections_.take(reading());
    if (connections_.needs_program() == runs_) return;
    runs_ = connections_.needs_program();
    if (runs_) connections_.take(reading());
  }

  [[nodiscard]] std::int64_t opened() const { return static_cast<std::int64_t>(connections_.opened().all); }
  [[nodiscard]] std::int64_t told() const { return static_cast<std::int64_t>(connections_.told()); }

  OpenedConnections connections_;
  std::int64_t truly_opened_ = 0;
  bool runs_ = true;  // the program
  double counted_ms_ = 0;
  int readings_ = 0;

 private:
  void look() {
    const auto ns = reading().at_ns;
    if (connections_.wants_reading(ns, static_cast<std::uint64_t>(counted_)) ||
        static_cast<std::int64_t>(now_ms_) % 500 == 0)
      take();
  }
  // Below 0: attempts that nobody answers yet.
  void answer(std::int64_t count) {
    if (count < 0) attempts_ += -count;
    const std::int64_t answered = std::max<std::int64_t>(count, 0);
    truly_opened_ += answered;
    if (runs_) counted_ += answered;
  }
  [[nodiscard]] OpenedConnections::Reading reading() const {
    const auto as_counts = [](std::int64_t all) {
      return ConnectionCounts{static_cast<std::uint64_t>(all), static_cast<std::uint64_t>(all / 2)};
    };
    return {static_cast<std::uint64_t>(1e9 + now_ms_ * 1e6), as_counts(counted_), as_counts(attempts_)};
  }

  double now_ms_ = 0;
  std::int64_t attempts_ = 0;  // less those that failed
  std::int64_t failed_ = 0;    // and so were attempted
  std::int64_t given_up_ = 0;
  std::int64_t counted_ = 0;
};

TEST_F(OpenedConnectionsTest, FewAreCountedOneByOne) {
  begin();
  run(10, {900});
  EXPECT_EQ(opened(), 9000);
  EXPECT_EQ(told(), 0);
  EXPECT_EQ(counted_ms_, 10'000);
}

TEST_F(OpenedConnectionsTest, ManyAreToldByTheKernelNearlyAllTheTime) {
  begin();
  run(1, {});
  run(60, {20'000});
  run(1, {});
  EXPECT_EQ(opened(), 1'200'000);
  EXPECT_GT(told(), 1'150'000);
  EXPECT_LT(counted_ms_, 4000) << "of 62 s";
}

TEST_F(OpenedConnectionsTest, NoneIsLostOrCountedTwiceOfThoseUnderWayWhenTheProgramGoesAndComes) {
  begin();
  run(1, {});
  for (int round = 0; round < 5; ++round) {
    run(3.7, {20'000}, 12);
    run(2, {});
    EXPECT_EQ(opened(), truly_opened_) << round;
  }
  EXPECT_GT(told(), 0);
}

TEST_F(OpenedConnectionsTest, WhereSomeAreGivenUpEachIsCounted) {
  begin();
  run(30, {10'000, 0, 800});
  EXPECT_EQ(opened(), 300'000);
  EXPECT_EQ(told(), 0);
}

TEST_F(OpenedConnectionsTest, RefusedOnesAreNone) {
  begin();
  run(10, {0, 20'000, 0});
  EXPECT_EQ(opened(), 0);
  run(10, {5'000, 20'000, 0});
  EXPECT_EQ(opened(), 50'000);
}

TEST_F(OpenedConnectionsTest, IsWrongOnlyUntilTheNextCheckWhereSomeBeginToBeGivenUp) {
  begin();
  run(1.5, {20'000});
  EXPECT_GT(told(), 0);
  run(30, {10'000, 0, 5'000});
  EXPECT_GE(opened(), truly_opened_);
  EXPECT_LE(opened() - truly_opened_, 2 * 5'000 + 500) << "two seconds of rest";
  EXPECT_TRUE(runs_);
  const std::int64_t before = opened() - truly_opened_;
  run(40, {10'000, 0, 5'000});
  EXPECT_EQ(opened() - truly_opened_, before);
}

TEST_F(OpenedConnectionsTest, AFewPercentAreFoundByAllChecksTogether) {
  begin();
  run(300, {2'000, 0, 100});
  EXPECT_LE(static_cast<double>(opened() - truly_opened_), 0.03 * static_cast<double>(truly_opened_));
}

TEST_F(OpenedConnectionsTest, AttemptsUnderWayAtTheEndAreNoneOnceTheLoadIsOver) {
  begin();
  run(5, {20'000});
  run(5, {});
  const std::int64_t before = opened();
  // Nobody answers: a firewall.
  run(5, {0, 0, 100});
  EXPECT_EQ(opened(), before);
  EXPECT_EQ(before, 100'000);
}

TEST_F(OpenedConnectionsTest, IsReadSeldomWhereALoadEndsDuringACheck) {
  begin();
  run(3, {20'000});
  const int before = readings_;
  // The recorder wakes whenever it is asked to.
  for (int i = 0; i < 6000; ++i) wait_ms(1);
  EXPECT_EQ(connections_.rest_ns(UINT64_MAX), UINT64_MAX) << "counted again";
  EXPECT_LT(readings_ - before, 12);
}

TEST_F(OpenedConnectionsTest, NeverFalls) {
  begin();
  run(5, {20'000});
  std::int64_t most = opened();
  for (int i = 0; i < 50; ++i) {
    run(0.1, {i % 3 == 0 ? 20'000 : 100, i % 2 == 0 ? 4'000 : 0, i % 5 == 0 ? 1'000 : 0});
    EXPECT_GE(opened(), most);
    most = opened();
  }
}

TEST_F(OpenedConnectionsTest, TheProgramRunsAllTheTimeWhereAskedTo) {
  begin(false);
  run(20, {20'000});
  EXPECT_EQ(told(), 0);
  EXPECT_EQ(opened(), 400'000);
}

TEST_F(OpenedConnectionsTest, SomeAreElsewhere) {
  begin();
  run(5, {20'000});
  EXPECT_EQ(connections_.opened().elsewhere, connections_.opened().all / 2);
}

TEST_F(OpenedConnectionsTest, WithoutTheProgramTheKernelTellsForEver) {
  begin();
  run(1, {20'000});
  EXPECT_FALSE(runs_);
  connections_.lose_program();
  run(20, {20'000});
  EXPECT_FALSE(connections_.needs_program());
  EXPECT_EQ(opened(), 420'000);
}

}  // namespace
}  // namespace socklock::collector
