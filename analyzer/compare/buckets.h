// SPDX-License-Identifier: GPL-2.0-or-later
// Hash tables bucket by bucket: which of their locks are hot, before and after.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/measure/work_unit.h"

namespace socklock::analyzer {

struct LabelledRun;

struct BucketWait {
  std::uint32_t index = 0;
  double before_ns = 0;  // of wait per unit of work, mean over the runs of a side
  double after_ns = 0;
  std::uint64_t contentions_before = 0;  // of all runs of a side
  std::uint64_t contentions_after = 0;
};

struct TableBuckets {
  std::string lock_class;           // "tcp.ehash"
  std::vector<BucketWait> buckets;  // those with waits, ascending
  std::size_t hot_half_before = 0;  // buckets that hold half of the wait, the hottest first
  std::size_t hot_half_after = 0;
};

// A table each, most wait first. Network namespaces are taken together. `after` may be empty.
std::vector<TableBuckets> table_buckets(std::span<const LabelledRun> before, std::span<const LabelledRun> after,
                                        const Taxonomy& taxonomy, WorkUnit unit);

}  // namespace socklock::analyzer
