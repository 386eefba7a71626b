// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/same_locks.h"

#include <map>
#include <utility>

namespace socklock::analyzer {
namespace {

// How much is known of a lock: nothing, where it lies, of which socket it is.
enum class Detail { kNothing, kPlace, kSocket };

Detail detail_of(const LockFacts& lock) {
  if (lock.local_port != 0 || lock.listens) return Detail::kSocket;
  if (lock.kind == FactKind::kUnresolved || (lock.kind == FactKind::kOwner && lock.place.cache.empty()))
    return Detail::kNothing;
  return Detail::kPlace;
}

bool at_one_place(const LockFacts& one, const LockFacts& other) {
  return one.kind == other.kind && one.table == other.table && one.symbol == other.symbol &&
         one.place.cache == other.place.cache && one.offset_bytes == other.offset_bytes;
}

// The one that all locks of which more than of `lock` is known agree with, if they do.
LockId best_of(const std::vector<LockId>& same_address, LockId id, const std::vector<LockFacts>& locks) {
  const LockFacts& lock = locks[index_of(id)];
  LockId best = id;
  for (const LockId other : same_address) {
    const LockFacts& facts = locks[index_of(other)];
    if (detail_of(facts) <= detail_of(lock)) continue;
    if (detail_of(lock) == Detail::kPlace && !at_one_place(facts, lock)) continue;
    const LockFacts& so_far = locks[index_of(best)];
    if (best != id && (!at_one_place(facts, so_far) || facts.listens != so_far.listens)) return id;
    best = other;
  }
  return best;
}

}  // namespace

std::vector<LockId> best_known(const std::vector<LockFacts>& locks) {
  std::map<std::pair<std::uint64_t, bool>, std::vector<LockId>> by_address;
  std::vector<LockId> best;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    best.push_back(LockId{static_cast<std::uint32_t>(i)});
    if (locks[i].address != 0) by_address[{locks[i].address, locks[i].kind == FactKind::kOwner}].push_back(best.back());
  }
  for (const auto& [address, same] : by_address)
    if (same.size() > 1)
      for (const LockId id : same) best[index_of(id)] = best_of(same, id, locks);
  return best;
}

}  // namespace socklock::analyzer
