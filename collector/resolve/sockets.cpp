// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/sockets.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

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
};

// mix() of bpf/maps.bpf.h.
std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ value >> 33;
}

std::string endpoint(std::uint8_t family, const __u8* address, std::uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, address, text.data(), text.size()) == nullptr) return "";
  return family == AF_INET6 ? fmt::format("[{}]:{}", text.data(), port) : fmt::format("{}:{}", text.data(), port);
}

}  // namespace

std::optional<socklock_socket> Sockets::at(std::uint64_t address) const {
  if (address == 0 || table_.empty()) return std::nullopt;
  const std::size_t first = mix(address) & (table_.size() - SOCKLOCK_SOCKET_WAYS);
  for (const auto& place : table_.subspan(first, SOCKLOCK_SOCKET_WAYS)) {
    if (__atomic_load_n(&place.sk, __ATOMIC_ACQUIRE) != address) continue;
    const socklock_socket copy = place;
    if (__atomic_load_n(&place.sk, __ATOMIC_ACQUIRE) == address) return copy;
  }
  return std::nullopt;
}

bool Sockets::find_object(std::uint64_t lock_address, BtfMembers& members, socklock_object_query& object) {
  if (!std::exchange(offsets_known_, true))
    for (const auto& lock : kLockMembers)
      if (const auto offset = members.offset(lock.type, lock.path)) lock_offsets_.push_back(*offset);
  for (const std::uint32_t offset : lock_offsets_) {
    const auto socket = at(lock_address - offset);
    if (!socket) continue;
    object.address = lock_address;
    object.offset_bytes = offset;
    const char* cache = socket->family == AF_INET6 ? "TCPv6" : "TCP";
    std::strncpy(object.name, cache, sizeof object.name - 1);
    object.cache = socket->family;
    return true;
  }
  return false;
}

std::string addresses_text(const socklock_socket& socket) {
  const bool none = std::all_of(std::begin(socket.local), std::end(socket.local), [](__u8 byte) { return byte == 0; });
  if (none && socket.remote_port == 0 && socket.listens == 0) return "";
  return endpoint(socket.family, socket.local, socket.local_port) + " " +
         endpoint(socket.family, socket.remote, socket.remote_port);
}

}  // namespace socklock::collector
