// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/event_order.h"

#include <algorithm>

namespace socklock::collector {

void EventOrder::sort(std::span<const socklock_event> events) {
  ended_.clear();
  ends_.clear();
  for (const auto& event : events) {
    const Ended next{event.end_ns, static_cast<std::uint32_t>(ended_.size())};
    if (!ended_.empty() && next < ended_.back()) ends_.push_back(ended_.size());
    ended_.push_back(next);
  }
  ends_.push_back(ended_.size());
  while (ends_.size() > 1) merge_pairs();
}

// Each two neighbouring stretches become one.
void EventOrder::merge_pairs() {
  merged_.resize(ended_.size());
  const auto at = [](std::vector<Ended>& all, std::size_t place) {
    return all.begin() + static_cast<std::ptrdiff_t>(place);
  };
  std::size_t begin = 0, kept = 0;
  for (std::size_t i = 0; i < ends_.size(); i += 2) {
    const std::size_t middle = ends_[i], end = ends_[std::min(i + 1, ends_.size() - 1)];
    std::merge(at(ended_, begin), at(ended_, middle), at(ended_, middle), at(ended_, end), at(merged_, begin));
    ends_[kept++] = begin = end;
  }
  ends_.resize(kept);
  ended_.swap(merged_);
}

}  // namespace socklock::collector
