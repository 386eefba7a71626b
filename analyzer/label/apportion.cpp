// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/label/apportion.h"

#include <algorithm>
#include <utility>

namespace socklock::analyzer {

Apportioner::Apportioner(std::vector<double> shares) : shares_(std::move(shares)), owed_(shares_.size()) {}

std::vector<std::uint64_t> Apportioner::split(std::uint64_t count, std::span<const double> favour) {
  std::vector<std::uint64_t> parts(shares_.size());
  if (parts.empty()) return parts;
  std::uint64_t rest = count;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double due = static_cast<double>(count) * shares_[i];
    parts[i] = std::min(static_cast<std::uint64_t>(std::max(due, 0.0)), rest);
    rest -= parts[i];
    owed_[i] += due - static_cast<double>(parts[i]);
  }
  const auto claim = [&](std::size_t i) { return owed_[i] + (favour.empty() ? 0 : favour[i]); };
  for (; rest > 0; --rest) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < parts.size(); ++i)
      if (claim(i) > claim(most)) most = i;
    ++parts[most];
    owed_[most] -= 1;
  }
  return parts;
}

}  // namespace socklock::analyzer
