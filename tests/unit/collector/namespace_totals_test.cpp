// SPDX-License-Identifier: GPL-2.0-or-later
// What namespaces count, while they come and go.
#include "collector/probe/namespace_totals.h"

#include <gtest/gtest.h>

#include <vector>

namespace socklock::collector {
namespace {

constexpr std::uint64_t kOwn = 1;

socklock_namespace row(std::uint64_t cookie, std::uint64_t opens, std::uint64_t established = 0) {
  socklock_namespace made{};
  made.cookie = cookie;
  made.counts[SOCKLOCK_PASSIVE_OPENS] = opens;
  made.counts[SOCKLOCK_CURRENTLY_ESTABLISHED] = established;
  return made;
}

class NamespaceTotalsTest : public ::testing::Test {
 protected:
  void add(std::vector<socklock_namespace> now, std::vector<socklock_namespace> ended = {}, bool is_whole = true) {
    totals_.add(now, ended, is_whole);
  }
  [[nodiscard]] std::uint64_t opens() const { return totals_.all()[SOCKLOCK_PASSIVE_OPENS]; }

  void SetUp() override {
    const std::vector<socklock_namespace> now{row(kOwn, 100), row(2, 1000)};
    totals_.begin(now, kOwn);
  }
  NamespaceTotals totals_;
};

TEST_F(NamespaceTotalsTest, CountsWhatCameSince) {
  add({row(kOwn, 103), row(2, 1010)});
  EXPECT_EQ(opens(), 13U);
  EXPECT_EQ(totals_.own()[SOCKLOCK_PASSIVE_OPENS], 3U);
  add({row(kOwn, 103), row(2, 1011)});
  EXPECT_EQ(opens(), 14U);
}

TEST_F(NamespaceTotalsTest, CountsAllOfANamespaceThatBeginsAndEndsBetweenTwoReadings) {
  add({row(kOwn, 100), row(2, 1000)}, {row(3, 7)});
  EXPECT_EQ(opens(), 7U);
  add({row(kOwn, 100), row(2, 1000)});
  EXPECT_EQ(opens(), 7U);
  EXPECT_EQ(totals_.vanished(), 0U);
}

TEST_F(NamespaceTotalsTest, CountsANamespaceOnceThatIsReadAfterItEnded) {
  // It leaves the list some time after it was seen to end, and what it sent last may come in between.
  add({row(kOwn, 100), row(2, 1006)}, {row(2, 1005)});
  add({row(kOwn, 100), row(2, 1006)});
  add({row(kOwn, 100)});
  EXPECT_EQ(opens(), 6U);
  EXPECT_EQ(totals_.vanished(), 0U);
}

TEST_F(NamespaceTotalsTest, SaysWhatVanished) {
  add({row(kOwn, 100)});
  EXPECT_EQ(opens(), 0U);
  EXPECT_EQ(totals_.vanished(), 1U);
}

TEST_F(NamespaceTotalsTest, ForgetsNothingWhereNotAllWereRead) {
  add({row(kOwn, 100)}, {}, false);
  add({row(kOwn, 100), row(2, 1004)});
  EXPECT_EQ(opens(), 4U);
  EXPECT_EQ(totals_.vanished(), 0U);
}

TEST_F(NamespaceTotalsTest, ConnectionsOfANamespaceThatEndedAreClosed) {
  add({row(kOwn, 100), row(2, 1003, 3)});
  EXPECT_EQ(connections_closed(totals_.all(), 0, 0), 0U);
  add({row(kOwn, 100)}, {row(2, 1003, 3)});
  EXPECT_EQ(connections_closed(totals_.all(), 0, 0), 3U);
}

TEST(ConnectionsClosed, AreThoseThatBeganAndAreNotEstablished) {
  NamespaceTotals::Counts counts{};
  counts[SOCKLOCK_PASSIVE_OPENS] = 4;
  counts[SOCKLOCK_CURRENTLY_ESTABLISHED] = 1;
  EXPECT_EQ(connections_closed(counts, 7, 0), 10U);
  // Two more were established when the recording began.
  counts[SOCKLOCK_CURRENTLY_ESTABLISHED] = static_cast<std::uint64_t>(-1);
  EXPECT_EQ(connections_closed(counts, 7, 10), 12U);
}

TEST(ConnectionsClosed, NeverFall) {
  NamespaceTotals::Counts counts{};
  counts[SOCKLOCK_PASSIVE_OPENS] = 4;
  counts[SOCKLOCK_CURRENTLY_ESTABLISHED] = 3;
  EXPECT_EQ(connections_closed(counts, 0, 2), 2U);
  counts[SOCKLOCK_CURRENTLY_ESTABLISHED] = 5;  // one that is not counted as opened yet
  EXPECT_EQ(connections_closed(counts, 0, 0), 0U);
}

}  // namespace
}  // namespace socklock::collector
