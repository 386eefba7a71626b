// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace socklock::analyzer {

// Of the socket that a function was called for; kRefused: it found a port taken; the locks: it took one of that table.
// A newer version's kinds are kOther.
enum class SocketKind : std::uint8_t {
  kNone,
  kTcp,
  kTcpListener,
  kUdp,
  kOther,
  kRefused,
  kEhashLock,
  kBhashLock,
  kBhash2Lock,
  kLhash2Lock
};
std::optional<SocketKind> socket_kind_named(std::string_view name);

}  // namespace socklock::analyzer
