// SPDX-License-Identifier: GPL-2.0-or-later
// Locks of TCP sockets, which the kernel's programs recognize by where they lie in the socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/bpf/wire.h"

namespace socklock::collector {

// Offsets in a TCP socket of the locks that programs look for, in bytes, in the order of their numbers from 1 on.
std::vector<std::uint32_t> socket_lock_offsets();

// What lies at a lock's address when programs said `socket` of it: as if the kernel had told of a slab object.
// Nothing where they said that it is in no TCP socket.
std::optional<socklock_object_query> socket_object(std::uint64_t lock_address, std::uint32_t socket,
                                                   const std::vector<std::uint32_t>& offsets);

// "10.0.0.1:443 10.0.0.2:50123", "[::1]:443 [::]:0".
std::string addresses_text(const socklock_endpoints& both);

}  // namespace socklock::collector
