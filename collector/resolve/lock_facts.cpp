// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/lock_facts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collector/resolve/btf_members.h"

namespace socklock::collector {

using trace::v1::HashTable;
using trace::v1::Lock;

namespace {

constexpr std::array kGroups{"unresolved", "socket_owner", "slab", "symbol", "ehash", "bhash", "bhash2", "lhash2"};
enum Group : std::uint8_t { kUnresolved, kSocketOwner, kSlab, kSymbol };  // the others are tables

std::uint8_t group_of(const Lock& lock) {
  switch (lock.kind()) {
    case trace::v1::LOCK_FACT_TABLE:
      return static_cast<std::uint8_t>(std::find(kGroups.begin(), kGroups.end() - 1, lock.table()) - kGroups.begin());
    case trace::v1::LOCK_FACT_OWNER: return kSocketOwner;
    case trace::v1::LOCK_FACT_SLAB: return kSlab;
    case trace::v1::LOCK_FACT_SYMBOL:
    case trace::v1::LOCK_FACT_PERCPU: return kSymbol;
    default: return kUnresolved;
  }
}

// What is known of the socket without the number of both ends, which is an interval's.
std::uint32_t socket_only(const LockKey& key) { return static_cast<std::uint32_t>(key.socket); }

// Number of both ends of its connection.
std::uint64_t ends_number(const LockKey& key) {
  return key.socket >> SOCKLOCK_SOCKET_ENDS_SHIFT & ((1U << SOCKLOCK_ENDPOINTS_BITS) - 1);
}

// All that stays the same when numbers of ends are given anew.
std::uint64_t without_ends(const LockKey& key) {
  return key.socket & ~(((std::uint64_t{1} << SOCKLOCK_ENDPOINTS_BITS) - 1) << SOCKLOCK_SOCKET_ENDS_SHIFT);
}

// 0: not known.
std::uint64_t netns_inode(const LockKey& key) {
  const std::uint64_t number = key.socket >> SOCKLOCK_SOCKET_NETNS_SHIFT;
  return number == 0 ? 0 : number + SOCKLOCK_FIRST_NETNS_INODE;
}

}  // namespace

LockFacts::LockFacts(const Kallsyms& symbols, SlabObjects* slabs, std::vector<std::uint32_t> socket_locks)
    : symbols_(symbols), slabs_(slabs), socket_locks_(std::move(socket_locks)), aliases_(read_slab_aliases()) {
  if (slabs_) add_tables(slabs_->own_tables());
}

void LockFacts::add_tables(const socklock_hash_tables& tables) {
  if (tables.netns_inode == 0) return;
  add_table("ehash", tables.ehash_locks, tables.ehash_locks_count, tables.ehash_lock_bytes, tables.netns_inode);
  add_table("bhash", tables.bhash, tables.bhash_count, tables.bhash_bytes, tables.netns_inode);
  add_table("bhash2", tables.bhash2, tables.bhash_count, tables.bhash_bytes, tables.netns_inode);
  add_table("lhash2", tables.lhash2, tables.lhash2_count, tables.lhash2_bytes, tables.netns_inode);
}

void LockFacts::add_table(const char* name, std::uint64_t address, std::uint32_t count, std::uint32_t stride_bytes,
                          std::uint64_t netns_inode) {
  if (address == 0 || count == 0 || stride_bytes == 0) return;
  const auto same = [address](const HashTable& table) { return table.address() == address; };
  if (std::any_of(tables_.begin(), tables_.end(), same)) return;
  HashTable& table = tables_.emplace_back();
  table.set_name(name);
  table.set_address(address);
  table.set_count(count);
  table.set_stride_bytes(stride_bytes);
  table.set_netns_inode(netns_inode);
  // A bucket may have been waited for before its table was learnt: it is looked up anew, and gets another id.
  const auto is_in_table = [&table](std::uint64_t lock) {
    return lock - table.address() < std::uint64_t{table.count()} * table.stride_bytes();
  };
  std::erase_if(resolved_, [&](const auto& entry) { return is_in_table(entry.first.address); });
  std::erase_if(known_, [&](const auto& entry) { return is_in_table(entry.first.key.address); });
}

std::vector<socklock_object_query> LockFacts::objects_of(const std::vector<LockKey>& keys) {
  std::vector<socklock_object_query> objects(keys.size());
  std::vector<std::size_t> asked;
  std::vector<std::uint64_t> addresses;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto object = socket_object(keys[i].address, socket_only(keys[i]), socket_locks_)) {
      objects[i] = *object;
    } else if (slabs_) {
      asked.push_back(i);
      addresses.push_back(keys[i].address);
    }
  }
  if (slabs_ && !asked.empty()) {
    const auto answers = slabs_->find(addresses);
    for (std::size_t i = 0; i < asked.size(); ++i) objects[asked[i]] = answers[i];
  }
  return objects;
}

void LockFacts::resolve(std::vector<LockKey> keys, std::span<const socklock_endpoints> endpoints,
                        google::protobuf::RepeatedPtrField<Lock>* added) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  resolved_.clear();
  forget_old_connections();
  const std::vector<socklock_object_query> objects = objects_of(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const LockKey& key = keys[i];
    if (key.address == 0 && !key.owner_wait) continue;
    const std::uint64_t number = ends_number(key);
    const socklock_endpoints* ends = number != 0 && number < endpoints.size() ? &endpoints[number] : nullptr;
    Known& known = known_[{{key.address, key.owner_wait, without_ends(key)}, ends != nullptr ? ends->hash : 0}];
    known.used = true;
    resolved_.emplace_back(key, &known);
    if (known.id != 0 && known.cache == objects[i].cache && known.offset_bytes == objects[i].offset_bytes) continue;
    Lock& lock = *added->Add();
    fill(key, objects[i], ends, lock);
    known = {objects[i].cache, objects[i].offset_bytes, next_id_++, group_of(lock), true};
  }
}

// Connections come and go. One that is waited for again later gets another entry in the trace, which says the same.
void LockFacts::forget_old_connections() {
  constexpr std::size_t kMost = std::size_t{1} << 16;
  if (known_.size() < kMost) return;
  std::erase_if(known_, [](const auto& entry) { return entry.first.key.socket != 0 && !entry.second.used; });
  for (auto& [identity, known] : known_) known.used = false;
}

const LockFacts::Known* LockFacts::find(const LockKey& key) const {
  const auto known = std::lower_bound(resolved_.begin(), resolved_.end(), key,
                                      [](const auto& entry, const LockKey& sought) { return entry.first < sought; });
  return known == resolved_.end() || known->first != key ? nullptr : known->second;
}

std::uint32_t LockFacts::id(const LockKey& key) const {
  const Known* known = find(key);
  return known ? known->id : 0;
}

std::string LockFacts::group(const LockKey& key) const {
  const Known* known = find(key);
  return kGroups[known ? known->group : std::uint8_t{kUnresolved}];
}

void LockFacts::fill(const LockKey& key, const socklock_object_query& object, const socklock_endpoints* endpoints,
                     Lock& lock) {
  const bool is_in_table = fill_from_tables(key.address, lock);
  if (!is_in_table && object.cache != 0) {
    lock = slab_fact(object);
    lock.set_object(object.address - object.offset_bytes);
  } else if (!is_in_table) {
    fill_from_symbols(key.address, lock);
  }
  lock.set_id(next_id_);
  lock.set_address(key.address);
  if (is_in_table) return;
  if (key.owner_wait) lock.set_kind(trace::v1::LOCK_FACT_OWNER);
  lock.set_netns_inode(netns_inode(key));
  lock.set_local_port(socket_only(key) & SOCKLOCK_SOCKET_PORT);
  lock.set_listens((key.socket & SOCKLOCK_SOCKET_LISTENS) != 0);
  if (endpoints != nullptr) lock.set_addresses(addresses_text(*endpoints));
}

bool LockFacts::fill_from_tables(std::uint64_t address, Lock& lock) const {
  for (const auto& table : tables_) {
    const std::uint64_t offset = address - table.address();
    if (offset >= std::uint64_t{table.count()} * table.stride_bytes()) continue;
    lock.set_kind(trace::v1::LOCK_FACT_TABLE);
    lock.set_table(table.name());
    lock.set_index(static_cast<std::uint32_t>(offset / table.stride_bytes()));
    lock.set_netns_inode(table.netns_inode());
    return true;
  }
  return false;
}

// Asked for with every new socket.
const Lock& LockFacts::slab_fact(const socklock_object_query& object) {
  constexpr std::size_t kMost = 1024;
  if (slab_facts_.size() >= kMost) slab_facts_.clear();
  const auto [entry, is_new] = slab_facts_.try_emplace({object.name, object.offset_bytes});
  if (is_new) entry->second = new_slab_fact(object);
  return entry->second;
}

Lock LockFacts::new_slab_fact(const socklock_object_query& object) const {
  Lock lock;
  lock.set_kind(trace::v1::LOCK_FACT_SLAB);
  lock.set_cache(object.name);
  lock.set_offset_bytes(object.offset_bytes);
  lock.set_member(lock_member(object.name, object.offset_bytes));
  const auto group = aliases_.find(object.name);
  if (group == aliases_.end()) return lock;
  for (const auto& alias : group->second) {
    if (alias == object.name) continue;
    const std::string member = lock_member(alias, object.offset_bytes);
    // Aliases of which no lock is known at this offset can't be what was waited for.
    if (member.empty()) continue;
    auto* row = lock.add_aliases();
    row->set_cache(alias);
    row->set_member(member);
  }
  return lock;
}

bool LockFacts::fill_from_symbols(std::uint64_t address, Lock& lock) const {
  const auto symbol = symbols_.find(address);
  if (!symbol) return false;
  lock.set_kind(trace::v1::LOCK_FACT_SYMBOL);
  lock.set_symbol(std::string(symbol->name));
  lock.set_offset_bytes(static_cast<std::uint32_t>(address - symbol->address));
  return true;
}

}  // namespace socklock::collector
