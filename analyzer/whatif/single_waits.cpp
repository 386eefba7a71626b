// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/single_waits.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace socklock::analyzer {

void SingleWaits::add(const SingleWaits& other) {
  hand_offs_ns.insert(hand_offs_ns.end(), other.hand_offs_ns.begin(), other.hand_offs_ns.end());
  const std::uint64_t both = first_waits + other.first_waits;
  if (both > 0)
    first_wait_ns = (first_wait_ns * static_cast<double>(first_waits) +
                     other.first_wait_ns * static_cast<double>(other.first_waits)) /
                    static_cast<double>(both);
  first_waits = both;
  waits += other.waits;
  wait_ns += other.wait_ns;
  threads = std::max(threads, other.threads);
}

SingleWaits single_waits(const std::vector<SingleWait>& waits) {
  SingleWaits found;
  std::set<std::uint32_t> threads;
  std::vector<std::uint64_t> by_begin;
  for (const SingleWait& wait : waits) by_begin.push_back(wait.begin_ns);
  std::sort(by_begin.begin(), by_begin.end());
  std::vector<std::uint64_t> ends;
  for (const SingleWait& wait : waits) ends.push_back(wait.end_ns);
  double first_ns = 0;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const SingleWait& wait = waits[i];
    threads.insert(wait.thread);
    ++found.waits;
    found.wait_ns += static_cast<double>(wait.end_ns - wait.begin_ns);
    if (i > 0 && wait.begin_ns < waits[i - 1].end_ns)
      found.hand_offs_ns.push_back(static_cast<double>(wait.end_ns - waits[i - 1].end_ns));
    // As many had begun before it as had ended: nobody waited.
    const auto begun = std::lower_bound(by_begin.begin(), by_begin.end(), wait.begin_ns) - by_begin.begin();
    const auto ended = std::upper_bound(ends.begin(), ends.end(), wait.begin_ns) - ends.begin();
    if (begun > ended) continue;
    ++found.first_waits;
    first_ns += static_cast<double>(wait.end_ns - wait.begin_ns);
  }
  if (found.first_waits > 0) found.first_wait_ns = first_ns / static_cast<double>(found.first_waits);
  found.threads = static_cast<unsigned>(threads.size());
  return found;
}

std::optional<ClosedQueue> fit_single_waits(const SingleWaits& waits, unsigned customers) {
  if (waits.waits < kMinWaits || waits.hand_offs_ns.size() < kMinHandOffs || customers < 3) return std::nullopt;
  const HoldTimes holds = HoldTimes::of_samples(waits.hand_offs_ns);
  const double of_a_waiter_ns = waits.wait_ns / static_cast<double>(waits.waits);
  const auto too_long = [&](double think_ns) {
    const MeanValue value = mean_value({customers, think_ns, holds.mean_ns(), waits.first_wait_ns, 1});
    return value.finds_held > 0 && value.wait_ns / value.finds_held > of_a_waiter_ns;
  };
  // Think times from a thousandth of a hold to a million holds.
  double low = std::log(holds.mean_ns() / 1e3), high = std::log(holds.mean_ns() * 1e6);
  if (holds.mean_ns() <= 0 || !too_long(std::exp(low)) || too_long(std::exp(high))) return std::nullopt;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (too_long(std::exp(middle)) ? low : high) = middle;
  }
  ClosedQueue queue;
  queue.customers = customers;
  queue.think_ns = std::exp(high);
  queue.parts.push_back({.share = 1, .holds = holds});
  return queue;
}

}  // namespace socklock::analyzer
