// SPDX-License-Identifier: GPL-2.0-or-later
// Lock addresses to facts: table and bucket, slab object and member, symbol. Facts, not classes: those
// are the analyzer's. First come tables, then slab objects, then symbols.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/bpf/wire.h"
#include "collector/resolve/btf_members.h"
#include "collector/resolve/kallsyms.h"
#include "collector/resolve/slab_objects.h"
#include "collector/resolve/sockets.h"
#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// A lock as the kernel side knows it: an address, and whether the wait was for a socket's owner.
struct LockKey {
  std::uint64_t address;
  bool owner_wait;
  auto operator<=>(const LockKey&) const = default;
};
inline LockKey lock_key(const socklock_wait_key& wait) { return {wait.lock, wait.flags == SOCKLOCK_FLAG_OWNER_WAIT}; }

class LockFacts {
 public:
  // Symbols and slabs outlive the facts; `slabs` may be null: then no address is looked up in slab objects but
  // those of known sockets.
  LockFacts(const Kallsyms& symbols, SlabObjects* slabs, Sockets sockets);

  // Tables of a network namespace; a set that is known already is ignored.
  void add_tables(const socklock_hash_tables& tables);

  // Makes sure that every key has an id, looking up what lies at each address now: memory is reused,
  // so an address that became another object gets a new id. New entries are appended to `added`.
  void resolve(const std::vector<LockKey>& keys, google::protobuf::RepeatedPtrField<trace::v1::Lock>* added);

  // Id of a key that resolve() was given; 0 for address 0 of an ordinary lock.
  [[nodiscard]] std::uint32_t id(const LockKey& key) const;

  // "ehash", "bhash", "bhash2", "lhash2", "socket_owner", "slab", "symbol" or "unresolved", of a key that
  // resolve() was given: few, for monitoring.
  [[nodiscard]] std::string group(const LockKey& key) const;

  [[nodiscard]] const std::vector<trace::v1::HashTable>& tables() const { return tables_; }

 private:
  struct Known {
    std::uint32_t id;
    std::uint64_t cache;  // in which the address lay then
    std::uint32_t offset_bytes;
    std::uint16_t local_port;  // of the socket that was there
    std::string group;
  };
  struct Hash {
    std::size_t operator()(const LockKey& key) const noexcept {
      return std::hash<std::uint64_t>{}(key.address << 1 | (key.owner_wait ? 1U : 0U));
    }
  };

  void add_table(const char* name, std::uint64_t address, std::uint32_t count, std::uint32_t stride_bytes,
                 std::uint64_t netns_inode);
  bool fill_from_tables(std::uint64_t address, trace::v1::Lock& lock) const;
  void fill_from_slab(const socklock_object_query& object, trace::v1::Lock& lock);
  bool fill_from_symbols(std::uint64_t address, trace::v1::Lock& lock) const;
  trace::v1::Lock fact(const LockKey& key, const socklock_object_query& object,
                       const std::optional<socklock_socket>& socket);

  const Kallsyms& symbols_;
  SlabObjects* slabs_;
  Sockets sockets_;
  BtfMembers members_;
  std::map<std::string, std::vector<std::string>> aliases_;
  std::vector<trace::v1::HashTable> tables_;
  std::unordered_map<LockKey, Known, Hash> known_;
  std::uint32_t next_id_ = 1;
};

}  // namespace socklock::collector
