// SPDX-License-Identifier: GPL-2.0-or-later
// What programs say on standard error, and end with. Libraries return errors; mains report them.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace socklock {

enum class ErrorFormat { kText, kJson };  // JSON: "socklock.error/1"

// "socklock compare: cannot read: 'a.slk'" and, on a line of its own, the hint; the process's exit code. `speaker` is
// the program with its verb.
int report_error(std::string_view speaker, const Error& error, ErrorFormat format = ErrorFormat::kText);

// Runs a program's main part. What it throws (memory that ran out, a flaw of ours) is reported as an error, exit
// code 3, instead of ending in abort().
int run_main(std::string_view speaker, const std::function<int()>& main_part);

}  // namespace socklock
