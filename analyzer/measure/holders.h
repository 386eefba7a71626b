// SPDX-License-Identifier: GPL-2.0-or-later
// Who held what others waited for: waits for a socket's owner, by the call paths of both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/taxonomy/classify.h"

namespace socklock::analyzer {

struct HolderCell {
  CallPath waiter = CallPath::kOther;
  std::optional<CallPath> holder;  // nothing: not known who it was
  std::uint64_t waits = 0;
  std::uint64_t wait_ns = 0;
};

// The same, with the lock's class and what the holder was in.
struct HolderDetail {
  ClassId lock_class = kUnclassified;
  HolderCell cell;
  std::string function;  // empty: the holder's stack was not taken
};

// Most wait first.
std::vector<HolderCell> holder_matrix(const LabelledRun& run);
std::vector<HolderDetail> holder_details(const LabelledRun& run);
std::uint64_t total_wait_ns(const std::vector<HolderCell>& matrix);

}  // namespace socklock::analyzer
