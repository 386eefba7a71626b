// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/sockets.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "collector/resolve/btf_members.h"

namespace socklock::collector {
namespace {

struct LockMember {
  const char* type;
  const char* path;
};

constexpr std::array kLockMembers{
    LockMember{"sock", "sk_lock.slock"},
    LockMember{"sock", "sk_lock.wq"},
    LockMember{"sock", "sk_callback_lock"},
    LockMember{"sock", "sk_receive_queue.lock"},
    LockMember{"sock", "sk_write_queue.lock"},
    LockMember{"sock", "sk_error_queue.lock"},
    LockMember{"inet_connection_sock", "icsk_accept_queue.rskq_lock"},
    LockMember{"inet_connection_sock", "icsk_accept_queue.fastopenq.lock"},
};

std::string endpoint(std::uint8_t family, const __u8* address, std::uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, address, text.data(), text.size()) == nullptr) return "";
  return family == AF_INET6 ? fmt::format("[{}]:{}", text.data(), port) : fmt::format("{}:{}", text.data(), port);
}

}  // namespace

std::vector<std::uint32_t> socket_lock_offsets() {
  std::vector<std::uint32_t> offsets;
  for (const auto& lock : kLockMembers)
    if (const auto offset = member_offset(lock.type, lock.path)) offsets.push_back(*offset);
  return offsets;
}

std::optional<socklock_object_query> socket_object(std::uint64_t lock_address, std::uint32_t socket,
                                                   const std::vector<std::uint32_t>& offsets) {
  const std::size_t number = socket >> SOCKLOCK_SOCKET_LOCK_SHIFT;
  if (number == 0 || number > offsets.size()) return std::nullopt;
  const bool ipv6 = (socket & SOCKLOCK_SOCKET_IPV6) != 0;
  socklock_object_query object{};
  object.address = lock_address;
  object.offset_bytes = offsets[number - 1];
  std::strncpy(object.name, ipv6 ? "TCPv6" : "TCP", sizeof object.name - 1);
  object.cache = ipv6 ? AF_INET6 : AF_INET;
  return object;
}

std::string addresses_text(const socklock_endpoints& both) {
  return endpoint(both.family, both.local, both.local_port) + " " +
         endpoint(both.family, both.remote, both.remote_port);
}

}  // namespace socklock::collector
