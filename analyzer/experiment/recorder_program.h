// SPDX-License-Identifier: GPL-2.0-or-later
// socklock-record as a program of its own, as git's verbs are: the privileged part stays small.
#pragma once

#include <string>
#include <vector>

#include "base/child_process.h"

namespace socklock::analyzer {

// The one beside this program, else that in PATH, with these arguments.
ChildOptions recorder_program(const std::vector<std::string>& arguments);

}  // namespace socklock::analyzer
