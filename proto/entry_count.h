// SPDX-License-Identifier: GPL-2.0-or-later
// How many objects a serialized message would become, found without making them: two bytes can name a
// message of a hundred, so 64 MB of them, which zstd packs into 6 KB, would take gigabytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proto/block_format.h"

namespace socklock::trace {

// Entries of the repeated messages and strings of a block, at any depth. Nothing when `raw` is malformed
// or has more than kMaxEntriesPerBlock.
std::optional<std::uint64_t> count_entries(BlockKind kind, const std::string& raw);

// `rows` of a serialized block of events, whose columns are stepped over. Nothing when `raw` is malformed.
std::optional<std::uint32_t> count_rows(const std::string& raw);

}  // namespace socklock::trace
