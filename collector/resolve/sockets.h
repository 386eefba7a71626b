// SPDX-License-Identifier: GPL-2.0-or-later
// Which TCP socket is at an address, as the kernel's programs learnt it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collector/bpf/wire.h"
#include "collector/resolve/btf_members.h"

namespace socklock::collector {

class Sockets {
 public:
  // `table` is the programs' own and outlives this; it may be empty.
  explicit Sockets(std::span<const socklock_socket> table) : table_(table) {}

  // The socket that begins at an address.
  [[nodiscard]] std::optional<socklock_socket> at(std::uint64_t address) const;
  // The socket that has one of its locks at an address, for kernels that don't tell slab objects. Fills `object`
  // as if the kernel had told. `members` is asked once, where locks are in a socket.
  bool find_object(std::uint64_t lock_address, BtfMembers& members, socklock_object_query& object);

 private:
  std::span<const socklock_socket> table_;
  std::vector<std::uint32_t> lock_offsets_;  // of locks in a socket, in bytes
  bool offsets_known_ = false;
};

// "10.0.0.1:443 10.0.0.2:50123", "[::1]:443 [::]:0"; empty where addresses were not asked for.
std::string addresses_text(const socklock_socket& socket);

}  // namespace socklock::collector
