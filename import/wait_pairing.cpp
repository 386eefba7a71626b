// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/wait_pairing.h"

#include <algorithm>

namespace socklock::imports {
namespace {

constexpr std::uint8_t kSpin = 1, kMutex = 32;  // LCB_F_*, include/trace/events/lock.h
// Task, softirq, hardirq, NMI.
constexpr std::size_t kContexts = 4;

}  // namespace

void WaitPairing::begin(const OpenWait& wait) {
  builder_.pairing().set_begins(builder_.pairing().begins() + 1);
  (wait.flags & kSpin) != 0 && (wait.flags & kMutex) == 0 ? begin_spinning(wait) : begin_sleeping(wait);
}

void WaitPairing::begin_spinning(const OpenWait& wait) {
  std::vector<OpenWait>& open = spinning_[wait.waiter.cpu];
  // Who spins can't be preempted: waits of other threads on this CPU are over, and their ends were not seen. Of the
  // same thread only an interrupt waits on top of a wait; without stacks, which tell interrupts, any may be one.
  const auto is_over = [&](const OpenWait& other) {
    return other.waiter.tid != wait.waiter.tid || (other.context != 0 && wait.context == 0) ||
           (other.context == 0 && wait.context == 0 && wait.stack != 0);
  };
  const auto over = std::remove_if(open.begin(), open.end(), is_over);
  builder_.count_lost(trace::LossReason::kMissedEnd, static_cast<std::uint64_t>(open.end() - over));
  open.erase(over, open.end());
  if (open.size() == kContexts) {
    builder_.count_lost(trace::LossReason::kMissedEnd);
    open.erase(open.begin());
  }
  open.push_back(wait);
}

void WaitPairing::begin_sleeping(const OpenWait& wait) {
  const auto [entry, is_new] = sleeping_.try_emplace(task_of(wait.waiter), wait);
  if (is_new) return;
  // A mutex says begin again when optimistic spinning gives up (kernel/locking/mutex.c).
  if (entry->second.lock == wait.lock && (entry->second.flags & wait.flags & kMutex) != 0) {
    builder_.pairing().set_doubled_begins(builder_.pairing().doubled_begins() + 1);
    return;
  }
  builder_.count_lost(trace::LossReason::kMissedEnd);
  entry->second = wait;
}

std::optional<OpenWait> WaitPairing::end(Waiter waiter, std::uint64_t lock) {
  trace::v1::Pairing& pairing = builder_.pairing();
  pairing.set_ends(pairing.ends() + 1);
  std::vector<OpenWait>& spinning = spinning_[waiter.cpu];
  const auto spun = std::find_if(spinning.rbegin(), spinning.rend(), [&](const OpenWait& wait) {
    return wait.lock == lock && wait.waiter.tid == waiter.tid;
  });
  if (spun != spinning.rend()) {
    const OpenWait wait = *spun;
    spinning.erase(std::next(spun).base());
    pairing.set_matched(pairing.matched() + 1);
    return wait;
  }
  const auto slept = sleeping_.find(task_of(waiter));
  if (slept != sleeping_.end() && slept->second.lock == lock) {
    const OpenWait wait = slept->second;
    sleeping_.erase(slept);
    pairing.set_matched(pairing.matched() + 1);
    return wait;
  }
  builder_.count_lost(trace::LossReason::kUnmatchedEnd);
  return std::nullopt;
}

std::size_t WaitPairing::open() const {
  std::size_t open = sleeping_.size();
  for (const auto& [cpu, waits] : spinning_) open += waits.size();
  return open;
}

}  // namespace socklock::imports
