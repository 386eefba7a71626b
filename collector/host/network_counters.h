// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel counts of the network namespace that this process is in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/host/proc_file.h"

namespace socklock::collector {

// Read at every interval, and so kept as the kernel writes it: names as one text, and values in their order.
class NetworkCounters {
 public:
  // Pairs of lines: "Tcp: Name Name ..." and "Tcp: 1 2 ...". Lines that are no such pair are left out.
  static NetworkCounters parse(std::string_view text);

  // "Tcp.ActiveOpens" -> count.
  [[nodiscard]] std::map<std::string, std::uint64_t> by_name() const;
  // Those that have grown since `before`, and by how much.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> grown_since(const NetworkCounters& before) const;

 private:
  template <typename Use>
  void for_each(Use use) const;

  std::string names_;
  std::vector<std::uint64_t> values_;
};

// Of /proc/net/snmp and netstat, since the namespace of the thread that makes this began. Empty where these can't be
// read.
class NetworkReader {
 public:
  NetworkCounters read();

 private:
  ProcFile snmp_{"/proc/net/snmp"};
  ProcFile netstat_{"/proc/net/netstat"};
  std::string text_;
};

}  // namespace socklock::collector
