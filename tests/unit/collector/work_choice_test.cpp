// SPDX-License-Identifier: GPL-2.0-or-later
// When operations need not be counted one by one.
#include "collector/record/work_choice.h"

#include <gtest/gtest.h>

namespace socklock::collector {
namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

WorkSoFar at(double seconds, std::uint64_t operations, std::optional<std::uint64_t> packets) {
  return {static_cast<std::uint64_t>(seconds * kSecond_ns), operations, packets};
}

TEST(WorkChoice, FewOperationsCostNothing) {
  EXPECT_FALSE(are_many_operations(at(1, 1000, 0), at(2, 9000, 0)));
  EXPECT_FALSE(is_told_by_kernel(at(1, 1000, 0), at(2, 9000, 50'000)));
}

TEST(WorkChoice, ManyThatTcpOrUdpCarriesAreToldByItsPackets) {
  EXPECT_TRUE(is_told_by_kernel(at(1, 0, 0), at(1.05, 5000, 5000)));
  EXPECT_TRUE(is_told_by_kernel(at(1, 0, 0), at(1.05, 5000, 700))) << "segments of several operations";
}

TEST(WorkChoice, ManyOfUnixSocketsAreNot) {
  EXPECT_TRUE(are_many_operations(at(1, 0, 0), at(1.05, 5000, 20)));
  EXPECT_FALSE(is_told_by_kernel(at(1, 0, 0), at(1.05, 5000, 20)));
}

TEST(WorkChoice, NothingIsChosenBeforeBothWereAsked) {
  EXPECT_FALSE(is_told_by_kernel(at(1, 0, std::nullopt), at(1.05, 5000, 5000)));
  EXPECT_FALSE(are_many_operations({}, at(100, 5000, std::nullopt))) << "the first look is at all that was before";
}

}  // namespace
}  // namespace socklock::collector
