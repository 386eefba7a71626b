// SPDX-License-Identifier: GPL-2.0-or-later
// How spinlocks wait on this machine, found out by making some wait (locks.md facts 1 and 2).
#pragma once

#include "collector/probe/session.h"
#include "collector/resolve/kallsyms.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// Hammers one spinlock from several CPUs for at most a fifth of a second. The session must be idle, and
// is idle again afterwards.
trace::v1::SpinlockMode test_spinlock_mode(Session& session, const Kallsyms& symbols);

}  // namespace socklock::collector
