// SPDX-License-Identifier: GPL-2.0-or-later
// How spinlocks wait on this machine, found out by making some wait (docs/design.md).
#pragma once

#include <cstdint>
#include <vector>

#include "collector/probe/boot_cache.h"
#include "collector/probe/session.h"
#include "collector/resolve/kallsyms.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// Hammers one spinlock from several CPUs until one waits for it, for at most five seconds. The session must be idle,
// and is idle again afterwards.
trace::v1::SpinlockMode test_spinlock_mode(Session& session, const Kallsyms& symbols);

// The same, without the test where a recording of this boot made it before: found is kept, unless it is "unknown".
trace::v1::SpinlockMode find_spinlock_mode(Session& session, const Kallsyms& symbols,
                                           const BootCache& files = BootCache());

// What the stack of a wait for a spinlock says, innermost first: by the slow path that it is in.
trace::v1::SpinlockMode mode_of_stack(const std::vector<std::uint64_t>& stack, const Kallsyms& symbols);

}  // namespace socklock::collector
