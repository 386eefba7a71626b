// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace socklock::analyzer {

// What the host got done, and at what cost in CPU time.
struct Work {
  std::uint64_t connections_active = 0;
  std::uint64_t connections_passive = 0;
  std::uint64_t connections_closed = 0;
  std::uint64_t elsewhere_active = 0;  // of connections_active: in other network namespaces than the recorder's
  std::uint64_t elsewhere_passive = 0;
  std::uint64_t told_active = 0;  // of connections_active: attempts less failed ones, not counted one by one
  std::uint64_t send_operations = 0;
  std::uint64_t send_bytes = 0;
  std::uint64_t receive_operations = 0;
  std::uint64_t receive_bytes = 0;
  std::uint64_t segments_received = 0;  // of TCP, by all network namespaces
  std::uint64_t segments_sent = 0;
  std::uint64_t datagrams_received = 0;  // of UDP
  std::uint64_t datagrams_sent = 0;
  std::uint64_t stated = 0;
  std::uint64_t cpu_busy_ns = 0;  // user, system, softirq and irq of the whole host

  // What the network brought, as the kernel counts it: on loopback all that was sent, too.
  [[nodiscard]] std::uint64_t packets() const { return segments_received + datagrams_received; }
  [[nodiscard]] std::uint64_t operations() const { return send_operations + receive_operations; }
  void add(const Work& other);
  bool operator==(const Work&) const = default;
};

}  // namespace socklock::analyzer
