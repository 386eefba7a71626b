// SPDX-License-Identifier: GPL-2.0-or-later
// What each verb does: load, compute, render, print.
#pragma once

#include "analyzer/cli/arguments.h"

namespace socklock::analyzer {

// The process's exit code. Errors are printed to standard error.
int run_command(const Arguments& arguments);

}  // namespace socklock::analyzer
