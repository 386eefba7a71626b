// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel lets us do, made once and used for every trace.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "collector/platform/options.h"
#include "collector/probe/namespaces.h"
#include "collector/probe/session.h"
#include "collector/process/target.h"
#include "collector/record/accounting.h"
#include "collector/record/level2.h"
#include "collector/resolve/cgroup_names.h"
#include "collector/resolve/kallsyms.h"
#include "collector/resolve/lock_facts.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

struct Equipment {
  Kallsyms symbols;
  Session session;
  Level2 level2;
  std::optional<Namespaces> namespaces;  // whose counters tell the work; none: programs count it, or nobody
  trace::v1::SpinlockMode mode;
  std::optional<SlabObjects> slabs;
  std::vector<std::string> notes;           // what can't be seen, in words
  std::vector<std::uint32_t> socket_locks;  // by which programs number locks of sockets
  std::optional<Target> target;             // of a filter
  bool counts_run_delay = false;            // the kernel, of waiters
  Accounting accounting;                    // goes on from one trace to the next
  CgroupNames cgroups;                      // likewise

  // Facts of one trace, which this outlives.
  LockFacts lock_facts() { return {symbols, slabs ? &*slabs : nullptr, socket_locks}; }
};

// Loads and attaches everything. Errors: the kernel refuses what there is no recording without, or there is no such
// cgroup or process. Notes are said to the user at once, unless `options.quiet`.
Result<Equipment> make_equipment(const RecordOptions& options);

}  // namespace socklock::collector
