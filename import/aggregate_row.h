// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "proto/rows.h"

namespace socklock::imports {

// Waits of which only sums are known. Their distribution stays empty, since it is not known; extremes that
// contradict the sum, as rounded figures may, are bent to it.
trace::SummaryRow aggregate_row(std::uint32_t contentions, std::uint64_t wait_ns, std::optional<std::uint64_t> min_ns,
                                std::uint64_t max_ns);

}  // namespace socklock::imports
