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

// "pv", "native", "test-and-set", "unknown".
const char* spinlock_mode_name(trace::v1::SpinlockMode mode);

// What follows from the mode for the reader of a report; empty where nothing does.
const char* spinlock_mode_note(trace::v1::SpinlockMode mode);

}  // namespace socklock::collector
