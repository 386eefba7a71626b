// SPDX-License-Identifier: GPL-2.0-or-later
// Lock addresses to facts: table and bucket, slab object and member, symbol. Facts, not classes: those
// are the analyzer's. First come tables, then slab objects, then symbols.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collector/bpf/wire.h"
#include "collector/resolve/kallsyms.h"
#include "collector/resolve/slab_objects.h"
#include "collector/resolve/sockets.h"
#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// A lock as the kernel side knows it: an address, whether the wait was for a socket's owner, and of which TCP socket
// the lock was then.
struct LockKey {
  std::uint64_t address;
  bool owner_wait;
  std::uint64_t socket = 0;  // SOCKLOCK_SOCKET_* of bpf/wire.h
  auto operator<=>(const LockKey&) const = default;
};
// Of an event or a row of the summary.
template <typename Waits>
LockKey lock_key(const Waits& waits) {
  return {waits.key.lock, waits.key.flags == SOCKLOCK_FLAG_OWNER_WAIT, waits.socket};
}

class LockFacts {
 public:
  // Symbols and slabs outlive the facts; `slabs` may be null: then no address is looked up in slab objects but
  // those of TCP sockets. `socket_locks` is what programs number locks of sockets by.
  LockFacts(const Kallsyms& symbols, SlabObjects* slabs, std::vector<std::uint32_t> socket_locks);

  // Tables of a network namespace; a set that is known already is ignored.
  void add_tables(const socklock_hash_tables& tables);

  // Makes sure that every key has an id. Locks of TCP sockets are named as they were when they were waited for; what
  // lies at other addresses is looked up now: memory is reused, so an address that became another object gets a new
  // id. `endpoints` is what the keys' numbers are of. New entries are appended to `added`.
  void resolve(std::vector<LockKey> keys, std::span<const socklock_endpoints> endpoints,
               google::protobuf::RepeatedPtrField<trace::v1::Lock>* added);

  // Id of a key that resolve() was given last; 0 for address 0 of an ordinary lock.
  [[nodiscard]] std::uint32_t id(const LockKey& key) const;

  // "ehash", "bhash", "bhash2", "lhash2", "socket_owner", "slab", "symbol" or "unresolved", of a key that
  // resolve() was given last: few, for monitoring.
  [[nodiscard]] std::string group(const LockKey& key) const;

  [[nodiscard]] const std::vector<trace::v1::HashTable>& tables() const { return tables_; }

 private:
  // There may be tens of thousands.
  struct Known {
    std::uint64_t cache = 0;  // in which the address lay then
    std::uint32_t offset_bytes = 0;
    std::uint32_t id = 0;
    std::uint8_t group = 0;  // in the words of group(), by number
    bool used = false;       // since connections were forgotten last
  };
  // A lock and, of a socket's, the connection.
  struct Identity {
    LockKey key;
    std::uint64_t connection = 0;  // hash of both ends
    auto operator<=>(const Identity&) const = default;
  };
  struct Hash {
    std::size_t operator()(const LockKey& key) const noexcept {
      return std::hash<std::uint64_t>{}((key.address << 1 | (key.owner_wait ? 1U : 0U)) ^
                                        key.socket * 0x9e37'79b9'7f4aULL);
    }
    std::size_t operator()(const Identity& identity) const noexcept {
      return (*this)(identity.key) ^ identity.connection;
    }
  };

  void add_table(const char* name, std::uint64_t address, std::uint32_t count, std::uint32_t stride_bytes,
                 std::uint64_t netns_inode);
  bool fill_from_tables(std::uint64_t address, trace::v1::Lock& lock) const;
  // What is the same of all objects of a cache.
  const trace::v1::Lock& slab_fact(const socklock_object_query& object);
  [[nodiscard]] trace::v1::Lock new_slab_fact(const socklock_object_query& object) const;
  bool fill_from_symbols(std::uint64_t address, trace::v1::Lock& lock) const;
  void fill(const LockKey& key, const socklock_object_query& object, const socklock_endpoints* endpoints,
            trace::v1::Lock& lock);
  [[nodiscard]] const Known* find(const LockKey& key) const;
  std::vector<socklock_object_query> objects_of(const std::vector<LockKey>& keys);
  void forget_old_connections();

  const Kallsyms& symbols_;
  SlabObjects* slabs_;
  std::vector<std::uint32_t> socket_locks_;
  std::map<std::string, std::vector<std::string>> aliases_;
  std::vector<trace::v1::HashTable> tables_;
  std::unordered_map<Identity, Known, Hash> known_;
  std::vector<std::pair<LockKey, const Known*>> resolved_;                       // the last keys, in their order
  std::map<std::pair<std::string, std::uint32_t>, trace::v1::Lock> slab_facts_;  // by cache and offset
  std::uint32_t next_id_ = 1;
};

}  // namespace socklock::collector
