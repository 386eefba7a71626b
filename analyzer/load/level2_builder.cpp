// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/level2_builder.h"
#include "analyzer/load/kernel_stack.h"

#include <algorithm>
#include <cmath>

#include "proto/rows.h"

namespace socklock::analyzer {
namespace {

namespace v1 = trace::v1;

SocketKind kind_of(std::uint8_t kind) {
  return kind <= v1::SOCKET_KIND_LHASH2_LOCK ? static_cast<SocketKind>(kind) : SocketKind::kOther;
}

}  // namespace

Result<void> Level2Builder::add(const v1::Interval& interval, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY(add_calls(interval.calls(), dictionaries));
  SOCKLOCK_TRY(add_holds(interval.holds(), dictionaries));
  SOCKLOCK_TRY(add_held_locks(interval.held_locks(), dictionaries));
  SOCKLOCK_TRY(add_holders(interval.holders(), dictionaries));
  SOCKLOCK_TRY(add_owners(interval.owners(), dictionaries));
  return add_cpu(interval.cpu_samples(), dictionaries);
}

Result<void> Level2Builder::add_cpu(const v1::CpuSamples& message, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY_ASSIGN(const auto rows, trace::decode(message));
  for (const trace::CpuSampleRow& row : rows) cpu_[dictionaries.stack(row.stack)] += row.samples;
  user_samples_ += message.user_samples();
  return {};
}

Result<void> Level2Builder::add_calls(const v1::Calls& message, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY_ASSIGN(const auto rows, trace::decode(message));
  for (const trace::CallRow& row : rows) {
    const FunctionId function = dictionaries.function(row.function);
    if (row.kind == v1::SOCKET_KIND_UNKNOWN)
      unknown_calls_[function] += row.calls;
    else
      calls_[{function, kind_of(row.kind), row.syscall, kernel_stack(row.context)}] += row.calls;
  }
  return {};
}

Result<void> Level2Builder::add_holds(const v1::Holds& message, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY_ASSIGN(const auto rows, trace::decode(message));
  for (const trace::HoldRow& row : rows) {
    Hold& hold =
        holds_[{dictionaries.function(row.function), kind_of(row.kind), row.syscall, kernel_stack(row.context)}];
    hold.sums.samples += row.samples;
    hold.sums.weight += row.weight;
    hold.sums.hold_ns += row.hold_ns;
    hold.sums.backlog_ns += row.backlog_ns;
    hold.sums.backlogs += row.backlogs;
    hold.sums.max_ns = std::max(hold.sums.max_ns, row.max_ns);
    hold.sums.off_cpu_ns += row.off_cpu_ns;
    std::transform(row.threads.begin(), row.threads.end(), hold.sums.threads.begin(), hold.sums.threads.begin(),
                   [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
    // All samples of an interval stand for equally many.
    const double each = row.samples == 0 ? 0 : static_cast<double>(row.weight) / static_cast<double>(row.samples);
    for (const auto& cell : row.cells) hold.cells[cell.bucket] += each * cell.count;
  }
  return {};
}

Result<void> Level2Builder::add_held_locks(const v1::HeldLocks& message, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY_ASSIGN(const auto rows, trace::decode(message));
  for (const trace::HeldLockRow& row : rows) {
    HeldLock& held = held_locks_[{dictionaries.lock(row.lock), kind_of(row.kind)}];
    held.samples += row.samples;
    held.weight += row.weight;
    held.hold_ns += row.hold_ns;
  }
  return {};
}

Result<void> Level2Builder::add_holders(const v1::Holders& message, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY_ASSIGN(const auto rows, trace::decode(message));
  for (const trace::HolderRow& row : rows) {
    HolderSum& sum = holders_[{dictionaries.lock(row.lock), dictionaries.stack(row.stack), row.syscall,
                               dictionaries.stack(row.holder_stack), row.holder_syscall, row.holder}];
    sum.waits += row.waits;
    sum.wait_ns += row.wait_ns;
  }
  return {};
}

Result<void> Level2Builder::add_owners(const v1::Owners& message, DictionaryBuilder& dictionaries) {
  SOCKLOCK_TRY_ASSIGN(const auto rows, trace::decode(message));
  for (const trace::OwnerRow& row : rows) {
    const std::uint8_t state = row.owner_state <= v1::OWNER_STATE_RELEASED ? row.owner_state : 0;
    OwnerSum& sum = owners_[{dictionaries.lock(row.lock), dictionaries.stack(row.stack), row.syscall,
                             dictionaries.thread(row.owner), dictionaries.stack(row.owner_stack), row.owner_syscall,
                             state, dictionaries.thread(row.root)}];
    sum.waits += row.waits;
    sum.wait_ns += row.wait_ns;
    sum.contended_ns += row.contended_ns;
  }
  return {};
}

// Calls of a function of which nothing else is known are taken to be like its others. Whole numbers, so
// that the sum is exact.
void Level2Builder::spread_unknown(Run& run) const {
  for (const auto& [function, unknown] : unknown_calls_) {
    std::vector<CallCount*> like;
    double all = 0;
    for (CallCount& call : run.calls) {
      if (call.function != function) continue;
      like.push_back(&call);
      all += static_cast<double>(call.calls);
    }
    if (like.empty()) {
      run.calls.push_back({function, SocketKind::kNone, 0, KernelStack::kTask, unknown});
      continue;
    }
    std::stable_sort(like.begin(), like.end(), [](const auto* a, const auto* b) { return a->calls > b->calls; });
    std::uint64_t left = unknown;
    for (CallCount* call : like) {
      const double due = static_cast<double>(unknown) * static_cast<double>(call->calls) / all;
      const auto part = std::min(left, static_cast<std::uint64_t>(std::llround(due)));
      call->calls += part;
      left -= part;
    }
    like.front()->calls += left;
  }
}

void Level2Builder::build(Run& run) && {
  run.cpu_profile.hz = run.facts.cpu_profile_hz;
  run.cpu_profile.user_samples = user_samples_;
  for (const auto& [stack, samples] : cpu_) run.cpu_profile.kernel.push_back({stack, samples});
  for (const auto& [key, calls] : calls_)
    run.calls.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), calls});
  spread_unknown(run);
  for (auto& [key, hold] : holds_) {
    std::tie(hold.sums.function, hold.sums.kind, hold.sums.syscall, hold.sums.on) = key;
    for (const auto& [bucket, count] : hold.cells)
      hold.sums.cells.push_back({bucket, static_cast<std::uint64_t>(std::llround(std::min(count, 1e18)))});
    run.holds.push_back(std::move(hold.sums));
  }
  for (auto& [key, held] : held_locks_) {
    std::tie(held.lock, held.kind) = key;
    run.held_locks.push_back(held);
  }
  for (auto& [key, sum] : holders_) {
    std::uint8_t holder = 0;
    std::tie(sum.lock, sum.stack, sum.syscall, sum.holder_stack, sum.holder_syscall, holder) = key;
    if (holder != 0) sum.holder = kernel_stack(static_cast<std::uint8_t>(holder - 1));
    run.holders.push_back(sum);
  }
  for (auto& [key, sum] : owners_) {
    std::uint8_t state = 0;
    std::tie(sum.lock, sum.stack, sum.syscall, sum.owner, sum.owner_stack, sum.owner_syscall, state, sum.root) = key;
    sum.state = static_cast<OwnerState>(state);
    run.owners.push_back(sum);
  }
}

}  // namespace socklock::analyzer
