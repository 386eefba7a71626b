// SPDX-License-Identifier: GPL-2.0-or-later
// From the ids in a trace, which are input and may be anything, to dense checked positions.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analyzer/load/dictionaries.h"
#include "socklock/trace/v1/dictionary.pb.h"

namespace socklock::analyzer {

// Trace id -> position. Ids of our recorder are small and dense; others go to a map, so that one huge
// id can't ask for a huge vector.
class IdMap {
 public:
  // False when the id is taken or is 0, which always means "none".
  bool add(std::uint32_t id, std::uint32_t position);
  // 0 when the id is 0 or unknown; unknown ones are counted, as often as they were used.
  std::uint32_t find(std::uint32_t id, std::uint64_t uses = 1) {
    if (id < dense_.size() && dense_[id] != 0) return dense_[id];
    return find_sparse(id, uses);
  }
  [[nodiscard]] std::uint64_t unknown() const { return unknown_; }

 private:
  static constexpr std::uint32_t kDenseIds = 1U << 20;
  std::uint32_t find_sparse(std::uint32_t id, std::uint64_t uses);

  std::vector<std::uint32_t> dense_;
  std::unordered_map<std::uint32_t, std::uint32_t> sparse_;
  std::uint64_t unknown_ = 0;
};

class DictionaryBuilder {
 public:
  void add(const trace::v1::Dictionary& message);

  FunctionId function(std::uint32_t id) { return FunctionId{functions_.find(id)}; }
  LockId lock(std::uint32_t id, std::uint64_t uses = 1) { return LockId{locks_.find(id, uses)}; }
  StackId stack(std::uint32_t id, std::uint64_t uses = 1) { return StackId{stacks_.find(id, uses)}; }
  ThreadId thread(std::uint32_t id, std::uint64_t uses = 1) { return ThreadId{threads_.find(id, uses)}; }

  // Ids that were used and never defined, or defined twice.
  [[nodiscard]] std::uint64_t bad_ids() const;
  Dictionaries take() { return std::move(dictionaries_); }

 private:
  void add_stack(const trace::v1::Stack& message);
  void add_lock(const trace::v1::Lock& message);

  Dictionaries dictionaries_;
  IdMap functions_, stacks_, locks_, threads_, cgroups_;
  std::uint64_t defined_twice_ = 0;
};

}  // namespace socklock::analyzer
