// SPDX-License-Identifier: GPL-2.0-or-later
// `socklock record` and `socklock doctor` are programs of their own, as git's verbs are: the privileged
// part stays small.
#pragma once

namespace socklock::analyzer {

// True for verbs that socklock-record takes.
bool is_recorder_verb(const char* verb);

// Replaces this process by socklock-record, found beside this program, else in PATH. Returns the exit code
// only when that failed.
int hand_over_to_recorder(int argc, char** argv);

}  // namespace socklock::analyzer
