// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/store.h"

#include <algorithm>

#include "base/text.h"

namespace socklock::fleet {

Result<void> check_selector(const Selector& selector, const std::string& option) {
  for (const std::string& part : selector) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail({"not KEY=VALUE", option + " '" + printable(part) + "'", "as in " + option + " group=canary",
                   ExitCode::kUsage});
  }
  return {};
}

void HostUse::add(const HostUse& other) {
  host = other.host;
  labels.insert(other.labels.begin(), other.labels.end());
  kernels.insert(other.kernels.begin(), other.kernels.end());
  spinlock_modes.insert(other.spinlock_modes.begin(), other.spinlock_modes.end());
  least_level = std::min(least_level, other.least_level);
  most_level = std::max(most_level, other.most_level);
  least_taxonomy = std::min(least_taxonomy, other.least_taxonomy);
  most_taxonomy = std::max(most_taxonomy, other.most_taxonomy);
  work.add(other.work);
  covered_ns += other.covered_ns;
  lost_totals += other.lost_totals;
  row_s = std::max(row_s, other.row_s);
  for (const auto& [name, wait] : other.waits) {
    waits[name].wait_ns += wait.wait_ns;
    waits[name].contentions += wait.contentions;
  }
}

void NameUse::add(const NameUse& other) {
  name = other.name;
  contentions += other.contentions;
  wait_ns += other.wait_ns;
  max_ns = std::max(max_ns, other.max_ns);
  hosts.insert(other.hosts.begin(), other.hosts.end());
  for (const auto& [bucket, waits] : other.cells) cells[bucket] += waits;
}

Result<std::vector<HostUse>> Store::hosts_of(const Window& window, const Selector& selector) {
  SOCKLOCK_TRY_ASSIGN(HostsFound found, hosts({window}, {selector}));
  return std::move(found.hosts.front().front());
}

std::vector<Segment> segments_of(const Window& window) {
  constexpr std::uint64_t kHour = 3600;
  const std::uint64_t first = (window.begin_s + kHour - 1) / kHour * kHour, last = window.end_s / kHour * kHour;
  if (last <= first) return {{false, window}};
  std::vector<Segment> segments;
  if (window.begin_s < first) segments.push_back({false, {window.begin_s, first}});
  segments.push_back({true, {first, last}});
  if (last < window.end_s) segments.push_back({false, {last, window.end_s}});
  return segments;
}

}  // namespace socklock::fleet
