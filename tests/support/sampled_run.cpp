// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/sampled_run.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <vector>

#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"
#include "analyzer/load/wait_table_builder.h"

namespace socklock::testing {
namespace {

using namespace analyzer;

// As in collector/bpf/sampling.bpf.h and, of system calls that tell the path, collector/probe.
constexpr std::uint64_t kFirstStackNs = 31'250'000, kFirstStacksAtOnceNs = 64 * kFirstStackNs;
constexpr unsigned kKindBits = 10, kFirstStacks = 8, kAmbiguousStacks = 32, kAmbiguousBits = 2;

class Sampler {
 public:
  Sampler(std::uint64_t seed, unsigned rate_bits) : start_ns_(seed * 0x2545f4914f6cdd1dULL), rate_bits_(rate_bits) {}

  struct Draw {
    bool has_stack = false;
    std::uint64_t others = 0;  // for how many it stands
  };
  Draw draw(const WaitKey& key, std::uint64_t begin_ns, std::uint16_t cpu) {
    const bool in_task = key.on == KernelStack::kTask;
    const std::uint32_t kind = std::uint32_t{key.syscall} << 16 | std::uint32_t{key.flags} << 8 | (in_task ? 0U : 1U);
    std::uint8_t& asked = asked_[kind * 0x9e3779b1U >> (32 - kKindBits)];
    if (asked < kFirstStacks && take_first_walk(cpu, begin_ns)) {
      ++asked;
      return {true, 0};
    }
    unsigned bits = rate_bits_;
    if (asked < kAmbiguousStacks && bits >= kAmbiguousBits && !(in_task && is_clear(key.syscall)))
      bits -= kAmbiguousBits;
    const std::uint64_t now = begin_ns + start_ns_;
    if ((now * 0x9e3779b97f4a7c15ULL >> 52 & ((1U << bits) - 1)) != 0) return {};
    if (asked < kAmbiguousStacks) ++asked;
    return {true, (1U << bits) - 1};
  }

 private:
  bool take_first_walk(std::uint16_t cpu, std::uint64_t now) {
    const std::uint64_t spent = std::max(first_walks_ns_[cpu], now);
    if (spent - now >= kFirstStacksAtOnceNs) return false;
    first_walks_ns_[cpu] = spent + kFirstStackNs;
    return true;
  }

  static bool is_clear(std::uint16_t syscall) {
    static constexpr std::array kClear{41, 42, 43, 44, 45,  46,  47,  48,  49,  50,  51,  52,  53,
                                       54, 55, 7,  23, 232, 233, 270, 271, 281, 288, 299, 307, 441};
    return syscall > 0 && std::find(kClear.begin(), kClear.end(), syscall - 1) != kClear.end();
  }

  std::uint64_t start_ns_;
  unsigned rate_bits_;
  std::array<std::uint8_t, 1U << kKindBits> asked_{};
  std::map<std::uint16_t, std::uint64_t> first_walks_ns_;  // by CPU
};

Run without_waits(const EventTable& events) {
  const Run& from = events.kinds->run;
  Run run;
  run.path = from.path;
  run.facts = from.facts;
  run.dictionaries = from.dictionaries;
  return run;
}

WaitKey key_of(const EventTable& events, std::size_t event) {
  WaitKey key = events.kinds->run.waits.keys[events.kind[event]];
  key.thread = events.thread[event];
  return key;
}

std::vector<std::uint32_t> by_begin(const EventTable& events) {
  std::vector<std::uint32_t> order(events.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto begin = [&events](std::uint32_t i) { return events.end_ns[i] - events.wait_ns[i]; };
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return begin(a) < begin(b); });
  return order;
}

}  // namespace

Run sample_stacks(const EventTable& events, std::uint64_t seed, unsigned rate_bits) {
  Run run = without_waits(events);
  run.facts.stacks_sampled = true;
  Sampler sampler(seed, rate_bits);
  WaitTableBuilder waits;
  for (const std::uint32_t i : by_begin(events)) {
    WaitKey key = key_of(events, i);
    const std::uint64_t wait_ns = events.wait_ns[i];
    const Sampler::Draw draw = sampler.draw(key, events.end_ns[i] - wait_ns, events.cpu[i]);
    if (!draw.has_stack) key.stack = kNoStack;
    const std::uint32_t row = waits.row(key);
    waits.add_wait(row, {wait_ns}, 1, false);
    if (key.stack == kNoStack || draw.others == 0) continue;
    const auto weight = static_cast<double>(draw.others), wait = weight * static_cast<double>(wait_ns);
    waits.add_sample(row, {1, weight, weight * weight, wait, wait * wait});
  }
  run.waits = std::move(waits).build();
  return run;
}

Run all_stacks(const EventTable& events) {
  Run run = without_waits(events);
  run.facts.stacks_sampled = false;
  WaitTableBuilder waits;
  for (std::size_t i = 0; i < events.size(); ++i)
    waits.add_wait(waits.row(key_of(events, i)), {events.wait_ns[i]}, 1, false);
  run.waits = std::move(waits).build();
  return run;
}

}  // namespace socklock::testing
