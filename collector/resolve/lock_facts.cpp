// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/lock_facts.h"

#include <algorithm>
#include <utility>

namespace socklock::collector {

using trace::v1::HashTable;
using trace::v1::Lock;

namespace {

std::string group_of(const Lock& lock) {
  switch (lock.kind()) {
    case trace::v1::LOCK_FACT_TABLE: return lock.table();
    case trace::v1::LOCK_FACT_OWNER: return "socket_owner";
    case trace::v1::LOCK_FACT_SLAB: return "slab";
    case trace::v1::LOCK_FACT_SYMBOL:
    case trace::v1::LOCK_FACT_PERCPU: return "symbol";
    default: return "unresolved";
  }
}

}  // namespace

LockFacts::LockFacts(const Kallsyms& symbols, SlabObjects* slabs, Sockets sockets)
    : symbols_(symbols), slabs_(slabs), sockets_(std::move(sockets)), aliases_(read_slab_aliases()) {
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
}

void LockFacts::resolve(const std::vector<LockKey>& keys, google::protobuf::RepeatedPtrField<Lock>* added) {
  std::vector<std::uint64_t> addresses;
  addresses.reserve(keys.size());
  for (const auto& key : keys) addresses.push_back(key.address);
  std::vector<socklock_object_query> objects(keys.size());
  if (slabs_) objects = slabs_->find(addresses);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].address == 0 && !keys[i].owner_wait) continue;
    std::optional<socklock_socket> socket;
    if (objects[i].cache != 0 || (!slabs_ && sockets_.find_object(keys[i].address, members_, objects[i])))
      socket = sockets_.at(keys[i].address - objects[i].offset_bytes);
    const std::uint16_t port = socket ? socket->local_port : 0;
    const auto known = known_.find(keys[i]);
    if (known != known_.end() && known->second.cache == objects[i].cache &&
        known->second.offset_bytes == objects[i].offset_bytes && known->second.local_port == port)
      continue;
    Lock& lock = *added->Add() = fact(keys[i], objects[i], socket);
    known_.insert_or_assign(keys[i],
                            Known{next_id_++, objects[i].cache, objects[i].offset_bytes, port, group_of(lock)});
  }
  members_.forget_types();
}

std::uint32_t LockFacts::id(const LockKey& key) const {
  const auto known = known_.find(key);
  return known == known_.end() ? 0 : known->second.id;
}

std::string LockFacts::group(const LockKey& key) const {
  const auto known = known_.find(key);
  return known == known_.end() ? "unresolved" : known->second.group;
}

Lock LockFacts::fact(const LockKey& key, const socklock_object_query& object,
                     const std::optional<socklock_socket>& socket) {
  Lock lock;
  lock.set_id(next_id_);
  lock.set_address(key.address);
  if (fill_from_tables(key.address, lock)) return lock;
  if (object.cache != 0)
    fill_from_slab(object, lock);
  else
    fill_from_symbols(key.address, lock);
  if (key.owner_wait) lock.set_kind(trace::v1::LOCK_FACT_OWNER);
  if (socket) {
    lock.set_local_port(socket->local_port);
    lock.set_listens(socket->listens != 0);
    lock.set_addresses(addresses_text(*socket));
  }
  return lock;
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

void LockFacts::fill_from_slab(const socklock_object_query& object, Lock& lock) {
  lock.set_kind(trace::v1::LOCK_FACT_SLAB);
  lock.set_cache(object.name);
  lock.set_offset_bytes(object.offset_bytes);
  lock.set_object(object.address - object.offset_bytes);
  lock.set_member(members_.path(type_of_slab_cache(object.name), object.offset_bytes));
  const auto group = aliases_.find(object.name);
  if (group == aliases_.end()) return;
  for (const auto& alias : group->second) {
    if (alias == object.name) continue;
    const std::string& member = members_.path(type_of_slab_cache(alias), object.offset_bytes);
    // Aliases of which no lock is known at this offset can't be what was waited for.
    if (member.empty()) continue;
    auto* row = lock.add_aliases();
    row->set_cache(alias);
    row->set_member(member);
  }
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
