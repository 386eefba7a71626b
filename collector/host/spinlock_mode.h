// SPDX-License-Identifier: GPL-2.0-or-later
// Words for how spinlocks wait.
#pragma once

#include <string_view>

#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// "pv", "native", "test-and-set", "unknown".
const char* spinlock_mode_name(trace::v1::SpinlockMode mode);
// "unknown" for any other word.
trace::v1::SpinlockMode spinlock_mode_named(std::string_view name);

// What follows from the mode for the reader of a report; empty where nothing does.
const char* spinlock_mode_note(trace::v1::SpinlockMode mode);

}  // namespace socklock::collector
