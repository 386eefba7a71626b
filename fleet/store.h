// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to a fleet's rows, wherever they are: a ClickHouse, or folders of traces. Sums only: what they mean is
// analyzer/compare's to say.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "fleet/row.h"
#include "fleet/times.h"

namespace socklock::fleet {

// "group=canary": a label; "kernel=6.1.0", "host=NAME", "machine=", "spinlock_mode=", "folder=" (of a FolderStore):
// what it says. All of them hold.
using Selector = std::vector<std::string>;
// Errors (usage): not KEY=VALUE.
Result<void> check_selector(const Selector& selector, const std::string& option);

struct Wait {
  std::uint64_t wait_ns = 0;
  std::uint64_t contentions = 0;
};

// One host in one window.
struct HostUse {
  std::string host;
  std::set<std::string> labels;  // distinct sets of labels, each "a=1,b=2"
  std::set<std::string> kernels, spinlock_modes;
  std::uint8_t least_level = UINT8_MAX, most_level = 0;
  std::uint32_t least_taxonomy = UINT32_MAX, most_taxonomy = 0;
  analyzer::Work work;
  std::uint64_t covered_ns = 0;
  std::uint64_t lost_totals = 0;
  std::uint32_t row_s = 60;                       // the longest row that is not of an hour
  std::unordered_map<std::uint64_t, Wait> waits;  // by name

  // The same host in another part of the window.
  void add(const HostUse& other);
};

// One name over all hosts of a window.
struct NameUse {
  std::uint64_t name = 0;
  std::uint64_t contentions = 0, wait_ns = 0, max_ns = 0;
  std::set<std::string> hosts;
  std::map<std::uint16_t, std::uint64_t> cells;

  void add(const NameUse& other);
};

// The answer to one question about several windows and groups of hosts.
struct HostsFound {
  // [group][window]: by name of the host.
  std::vector<std::vector<std::vector<HostUse>>> hosts;
  // Host-minutes of one trace that are there more than once, on two shards, and were counted so.
  std::uint64_t doubled = 0;
};

using Names = std::map<std::uint64_t, Name>;

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<Names> names() = 0;
  // `windows` are apart, and in the order of time.
  virtual Result<HostsFound> hosts(const std::vector<Window>& windows, const std::vector<Selector>& groups) = 0;
  virtual Result<std::vector<NameUse>> uses(const Window& window, const Selector& selector) = 0;
  // Of one window and group.
  Result<std::vector<HostUse>> hosts_of(const Window& window, const Selector& selector);
};

// The tables that a window is best read from, and which part: whole hours from `hours`, ends from `minutes`.
struct Segment {
  bool by_hour = false;
  Window window;
};
std::vector<Segment> segments_of(const Window& window);

}  // namespace socklock::fleet
