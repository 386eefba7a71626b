// SPDX-License-Identifier: GPL-2.0-or-later
// Who held what others waited for: waits for a socket's owner or for a bucket's lock, by the call paths of both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/label/labels.h"

namespace socklock::analyzer {

struct LabelledRun;

struct HolderCell {
  bool of_table = false;  // waits for buckets' locks, else for owners of sockets
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

// Those of sockets first, most wait first.
std::vector<HolderCell> holder_matrix(const LabelledRun& run);
std::vector<HolderDetail> holder_details(const LabelledRun& run);
// Of all waits for sockets, or for buckets of tables.
std::uint64_t total_wait_ns(const std::vector<HolderCell>& matrix, bool of_table);

}  // namespace socklock::analyzer
