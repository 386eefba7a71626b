// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/namespace_totals.h"

#include <algorithm>

namespace socklock::collector {
namespace {

NamespaceTotals::Counts counts_of(const socklock_namespace& row) {
  NamespaceTotals::Counts counts{};
  std::copy(std::begin(row.counts), std::end(row.counts), counts.begin());
  return counts;
}

// `less` may be more: the number of connections falls, too. Unsigned sums are right modulo 2^64.
void add_change(NamespaceTotals::Counts& sum, const NamespaceTotals::Counts& now, const NamespaceTotals::Counts& less) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += now[i] - less[i];
}

// Differences of counters that are read while they change may be a moment below 0.
std::uint64_t positive(std::uint64_t value) { return static_cast<std::int64_t>(value) > 0 ? value : 0; }

}  // namespace

void NamespaceTotals::begin(std::span<const socklock_namespace> now, std::uint64_t own_cookie) {
  *this = {};
  own_cookie_ = own_cookie;
  for (const auto& row : now)
    if (row.cookie != 0) seen_[row.cookie].counts = counts_of(row);
}

void NamespaceTotals::add(std::span<const socklock_namespace> now, std::span<const socklock_namespace> ended,
                          bool is_whole) {
  for (const auto& row : now) add(row, false);
  for (const auto& row : ended) add(row, true);
  if (is_whole) forget_gone();
}

void NamespaceTotals::add(const socklock_namespace& row, bool has_ended) {
  if (row.cookie == 0) return;
  Seen& seen = seen_[row.cookie];
  const Counts counts = counts_of(row);
  add_change(all_, counts, seen.counts);
  if (row.cookie == own_cookie_) add_change(own_, counts, seen.counts);
  seen.counts = counts;
  seen.is_there |= !has_ended;
  seen.has_ended |= has_ended;
}

void NamespaceTotals::forget_gone() {
  for (auto at = seen_.begin(); at != seen_.end();) {
    auto& [cookie, seen] = *at;
    if (seen.is_there) {
      seen.is_there = false;
      ++at;
      continue;
    }
    if (!seen.has_ended) ++vanished_;
    // Its connections are no more.
    all_[SOCKLOCK_CURRENTLY_ESTABLISHED] -= seen.counts[SOCKLOCK_CURRENTLY_ESTABLISHED];
    at = seen_.erase(at);
  }
}

std::uint64_t connections_closed(const NamespaceTotals::Counts& counts, std::uint64_t opened, std::uint64_t before) {
  const std::uint64_t begun = opened + counts[SOCKLOCK_PASSIVE_OPENS];
  return std::max(before, positive(begun - counts[SOCKLOCK_CURRENTLY_ESTABLISHED]));
}

}  // namespace socklock::collector
