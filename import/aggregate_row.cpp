// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/aggregate_row.h"

#include <algorithm>

namespace socklock::imports {

trace::SummaryRow aggregate_row(std::uint32_t contentions, std::uint64_t wait_ns, std::optional<std::uint64_t> min_ns,
                                std::uint64_t max_ns) {
  trace::SummaryRow row;
  row.contentions = contentions;
  row.wait_ns = wait_ns;
  const std::uint64_t mean_ns = wait_ns / contentions;
  row.wait_max_ns = std::clamp(max_ns, mean_ns, wait_ns);
  row.wait_min_ns = std::min(min_ns.value_or(0), mean_ns);
  if (contentions == 1) row.wait_min_ns = row.wait_max_ns = wait_ns;
  if (contentions == 2) row.wait_min_ns = wait_ns - row.wait_max_ns;
  if (contentions == 2 && row.wait_min_ns > row.wait_max_ns) std::swap(row.wait_min_ns, row.wait_max_ns);
  return row;
}

}  // namespace socklock::imports
