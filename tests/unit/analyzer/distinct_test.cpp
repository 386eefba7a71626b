// SPDX-License-Identifier: GPL-2.0-or-later
// How many threads registers stand for, against those that were put in.
#include "analyzer/measure/distinct.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>

namespace socklock::analyzer {
namespace {

// As the recorder does (note_thread() of collector/bpf/holds.bpf.c), of a hash that is even.
trace::DistinctRegisters registers_of(unsigned threads, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  trace::DistinctRegisters registers{};
  for (unsigned thread = 0; thread < threads; ++thread) {
    std::uint64_t hash = random();
    const std::size_t index = hash % trace::kDistinctRegisters;
    std::uint8_t rank = 1;
    for (hash /= trace::kDistinctRegisters; hash % 2 == 0 && rank < 58; hash /= 2) ++rank;
    registers[index] = std::max(registers[index], rank);
  }
  return registers;
}

TEST(Distinct, NobodyIsNotKnown) { EXPECT_FALSE(count_distinct({}).has_value()); }

TEST(Distinct, IsWithinItsStatedError) {
  for (const unsigned threads : {1U, 4U, 16U, 64U, 300U, 2000U, 50000U}) {
    double squares = 0;
    constexpr int kTries = 200;
    for (int seed = 1; seed <= kTries; ++seed) {
      const auto registers = registers_of(threads, static_cast<std::uint64_t>(seed) * 1000 + threads);
      squares += std::pow(*count_distinct(registers) / threads - 1, 2);
    }
    EXPECT_LE(std::sqrt(squares / kTries), 0.15) << threads << " threads";
  }
}

TEST(Distinct, FewAreNearlyExact) {
  for (unsigned threads = 1; threads <= 8; ++threads)
    EXPECT_NEAR(*count_distinct(registers_of(threads, threads)), threads, 1) << threads;
}

TEST(Distinct, ThoseOfTwoCountOnce) {
  auto all = registers_of(40, 1);
  const double before = *count_distinct(all);
  merge_distinct(registers_of(40, 1), all);
  EXPECT_EQ(*count_distinct(all), before) << "the same ones again";
  merge_distinct(registers_of(40, 2), all);
  EXPECT_NEAR(*count_distinct(all), 80, 25);
}

}  // namespace
}  // namespace socklock::analyzer
