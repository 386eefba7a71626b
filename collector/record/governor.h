// SPDX-License-Identifier: GPL-2.0-or-later
// Decides of how many waits the call stack and the event are kept, by what the recording costs. Summaries
// are never sampled.
#pragma once

#include <cstdint>
#include <string_view>

#include "collector/bpf/wire.h"

namespace socklock::collector {

// "all", "sampled" or "off".
socklock_stacks stacks_named(std::string_view name);

// One in 64 waits gets its stack as long as there are few.
inline constexpr std::uint32_t kLeastStackBits = 6;

// One in 2^bits.
struct SamplingRates {
  std::uint32_t stack_bits = 0;
  std::uint32_t event_bits = 0;
  bool operator==(const SamplingRates&) const = default;
};

// What an interval cost.
struct IntervalCost {
  std::uint64_t length_ns = 0;
  std::uint64_t contentions = 0;
  std::uint64_t recorder_cpu_ns = 0;
  std::uint64_t bpf_ns = 0;
  std::uint64_t stacks_walked = 0;  // by the unwinder, not followed by what was learnt of frames
};

class Governor {
 public:
  // `max_percent` of the time of all `cpus` together; 0: no bound.
  Governor(socklock_stacks stacks, double max_percent, std::uint32_t cpus);

  // The rates for the intervals to come.
  SamplingRates adapt(const IntervalCost& cost);
  [[nodiscard]] SamplingRates rates() const { return rates_; }

 private:
  [[nodiscard]] std::uint32_t stack_bits_for(const IntervalCost& cost) const;
  void bound_walks(const IntervalCost& cost);

  bool samples_stacks_;
  double max_share_;
  std::uint32_t cpus_;
  std::uint32_t shed_bits_ = 0;  // how far events and stacks are sampled to keep the bound
  std::uint32_t walk_bits_ = 0;  // how far stacks are sampled as long as they have to be walked
  SamplingRates rates_;
};

}  // namespace socklock::collector
