// SPDX-License-Identifier: GPL-2.0-or-later
// Why the kernel said no, and what would change that.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock::collector {

// "`what`: Operation not permitted (capability: CAP_PERFMON is missing)": an error number of a BPF system call
// with its cause (capability, lockdown, policy, config or kernel version) as far as a process can tell, the remedy
// as hint, and the exit code for it.
Error refusal(int error_number, std::string_view what);

}  // namespace socklock::collector
