// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/stacks.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/collector/kernel_words.h"

namespace socklock::collector {
namespace {

using testing::WrittenKernel;

class StacksTest : public ::testing::Test {
 protected:
  // A stack as the kernel's programs leave it.
  static socklock_stack_slot raw(std::initializer_list<std::uint64_t> addresses) {
    socklock_stack_slot slot{};
    std::copy(addresses.begin(), addresses.end(), slot.address);
    slot.frames = static_cast<std::uint32_t>(addresses.size());
    return slot;
  }
  std::string symbol(std::uint32_t id) const {
    for (const auto& function : added_.functions())
      if (function.id() == id) return function.symbol();
    return "(none)";
  }

  WrittenKernel kernel_{{0x1000, 0x100, "bpf_trace_run2", ""},
                        {0x1100, 0x100, "__traceiter_contention_begin", ""},
                        {0x2000, 0x100, "queued_spin_lock_slowpath", ""},
                        {0x2100, 0x100, "inet_put_port", ""},
                        {0x2200, 0x100, "do_syscall_64", ""},
                        {0x2300, 0x100, "handle_softirqs", ""}};
  Kallsyms symbols_ = kernel_.symbols_of();
  Stacks stacks_{symbols_};
  trace::v1::Dictionary added_;
};

TEST_F(StacksTest, LeavesOutFramesOfTheTracing) {
  ASSERT_EQ(stacks_.id(1, raw({0x9000, 0x1010, 0x1110, 0x2010, 0x2110, 0x2210}), added_), 1U);
  const auto& stack = added_.stacks(0);
  ASSERT_EQ(stack.functions_size(), 3);
  EXPECT_EQ(symbol(stack.functions(0)), "queued_spin_lock_slowpath");
  EXPECT_EQ(symbol(stack.functions(1)), "inet_put_port");
  EXPECT_EQ(stack.offsets_bytes(1), 0x10U);
  EXPECT_FALSE(stack.truncated());
}

TEST_F(StacksTest, GivesStacksThatDifferInTracingOnlyOneId) {
  EXPECT_EQ(stacks_.id(1, raw({0x1010, 0x2010, 0x2210}), added_), stacks_.id(2, raw({0x1120, 0x2010, 0x2210}), added_));
  EXPECT_NE(stacks_.id(3, raw({0x2010, 0x2110, 0x2210}), added_), stacks_.id(1, {}, added_));
  EXPECT_EQ(stacks_.id(0, raw({0x2010}), added_), 0U) << "no slot";
  EXPECT_EQ(stacks_.id(9, {}, added_), 0U) << "not filled yet";
  EXPECT_EQ(added_.stacks_size(), 2);
}

TEST_F(StacksTest, LooksUpTheCallAndNotWhatFollowsIt) {
  stacks_.id(1, raw({0x2010, 0x2200}), added_);
  EXPECT_EQ(symbol(added_.stacks(0).functions(1)), "inet_put_port") << "a call is its function's last instruction";
  EXPECT_EQ(added_.stacks(0).offsets_bytes(1), 0x100U);
}

TEST_F(StacksTest, NamesWhatHasNoSymbolByItsAddress) {
  stacks_.id(1, raw({0x2010, 0x7777}), added_);
  EXPECT_EQ(symbol(added_.stacks(0).functions(1)), "[0x7777]");
}

TEST_F(StacksTest, HasOneIdForAFunctionByNameAndByAddress) {
  const std::uint32_t by_name = stacks_.function_id("inet_put_port", added_);
  stacks_.id(1, raw({0x2010, 0x2110}), added_);
  EXPECT_EQ(added_.stacks(0).functions(1), by_name);
  EXPECT_EQ(stacks_.function_id("inet_put_port", added_), by_name);
  EXPECT_NE(stacks_.function_id("inet_unhash", added_), by_name);
}

TEST_F(StacksTest, SaysWhetherAStackAgreesWithWhatIsKnownWithoutIt) {
  stacks_.id(1, raw({0x2010, 0x2110, 0x2210}), added_);
  stacks_.id(2, raw({0x2010, 0x2310}), added_);
  EXPECT_TRUE(*stacks_.agrees(1, SOCKLOCK_CONTEXT_TASK, 4));
  EXPECT_FALSE(*stacks_.agrees(1, SOCKLOCK_CONTEXT_TASK, 0));
  EXPECT_FALSE(*stacks_.agrees(1, SOCKLOCK_CONTEXT_INTERRUPT, 0));
  EXPECT_TRUE(*stacks_.agrees(2, SOCKLOCK_CONTEXT_INTERRUPT, 0));
  EXPECT_FALSE(*stacks_.agrees(2, SOCKLOCK_CONTEXT_TASK, 4));
  EXPECT_FALSE(stacks_.agrees(3, SOCKLOCK_CONTEXT_TASK, 0)) << "never seen";
}

TEST_F(StacksTest, KnowsNothingOfAStackThatIsCutOff) {
  socklock_stack_slot deep{};
  std::fill(std::begin(deep.address), std::end(deep.address), 0x2110);
  deep.frames = SOCKLOCK_MAX_FRAMES;
  stacks_.id(1, deep, added_);
  EXPECT_TRUE(added_.stacks(0).truncated());
  EXPECT_FALSE(stacks_.agrees(1, SOCKLOCK_CONTEXT_TASK, 0));
}

}  // namespace
}  // namespace socklock::collector
