// SPDX-License-Identifier: GPL-2.0-or-later
// Sums up what intervals say of calls, holds, holders and owners.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "analyzer/load/dictionary_builder.h"
#include "analyzer/load/run.h"
#include "base/result.h"
#include "socklock/trace/v1/interval.pb.h"

namespace socklock::analyzer {

class Level2Builder {
 public:
  // An error leaves out the columns that are malformed.
  Result<void> add(const trace::v1::Interval& interval, DictionaryBuilder& dictionaries);
  void build(Run& run) &&;

 private:
  using Origin = std::tuple<FunctionId, SocketKind, std::uint16_t, KernelStack>;
  using HolderKey = std::tuple<LockId, StackId, std::uint16_t, StackId, std::uint16_t, std::uint8_t>;
  using OwnerKey = std::tuple<LockId, StackId, std::uint16_t, ThreadId, StackId, std::uint16_t, std::uint8_t, ThreadId>;
  struct Hold {
    HoldSample sums;
    std::map<std::uint32_t, double> cells;  // holds by bucket
  };

  Result<void> add_calls(const trace::v1::Calls& message, DictionaryBuilder& dictionaries);
  Result<void> add_holds(const trace::v1::Holds& message, DictionaryBuilder& dictionaries);
  Result<void> add_held_locks(const trace::v1::HeldLocks& message, DictionaryBuilder& dictionaries);
  Result<void> add_holders(const trace::v1::Holders& message, DictionaryBuilder& dictionaries);
  Result<void> add_owners(const trace::v1::Owners& message, DictionaryBuilder& dictionaries);
  Result<void> add_cpu(const trace::v1::CpuSamples& message, DictionaryBuilder& dictionaries);
  void spread_unknown(Run& run) const;

  std::map<StackId, std::uint64_t> cpu_;
  std::uint64_t user_samples_ = 0;
  std::map<FunctionId, std::uint64_t> unknown_calls_;  // of which only the function is known
  std::map<Origin, std::uint64_t> calls_;
  std::map<Origin, Hold> holds_;
  std::map<std::pair<LockId, SocketKind>, HeldLock> held_locks_;
  std::map<HolderKey, HolderSum> holders_;
  std::map<OwnerKey, OwnerSum> owners_;
};

}  // namespace socklock::analyzer
